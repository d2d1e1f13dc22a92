"""Mail: what it says, through which server it goes, and that nobody waits for it."""
