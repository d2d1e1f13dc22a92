from django.db import models


class Crossing(models.Model):
    leaves = models.TimeField()
