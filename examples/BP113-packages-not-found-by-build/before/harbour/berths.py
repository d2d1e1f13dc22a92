BERTHS = ["north", "south"]
