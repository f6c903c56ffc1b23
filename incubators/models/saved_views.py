"""Lists as a person likes them: filters, order and columns under a name."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, user: Any) -> SavedViewQuerySet:
        """A person's own views, and nobody else's."""
        return self.filter(user_id=user.pk) if user is not None and user.pk is not None else self.none()


class SavedView(models.Model):
    """The query string of a list (``?kind=own&sort=-established_on``) that a person wants to come back to."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views", verbose_name="所有人"
    )
    kind = models.SlugField("列表", max_length=40)
    name = models.CharField("名称", max_length=40)
    query = models.CharField("条件", max_length=1000, blank=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        verbose_name = "保存的视图"
        ordering = ["kind", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "name"], name="saved_view_once", violation_error_message="您已有同名的视图"
            )
        ]

    def __str__(self) -> str:
        return self.name
