"""Constraints and indexes that are added without making every model anew."""

from django.db import models
from django.db.migrations.operations import AddConstraint, AddIndex, CreateModel
from django.db.migrations.state import ProjectState

from history.management.commands.migrate import models_rendered_once

KEY = models.BigAutoField(primary_key=True)
MADE = [
    CreateModel("Cow", [("id", KEY), ("name", models.TextField())]),
    CreateModel("Calf", [("id", KEY), ("cow", models.ForeignKey("farm.Cow", models.CASCADE))]),
]
ADDED = [
    AddConstraint("cow", models.CheckConstraint(condition=~models.Q(name=""), name="cow_named")),
    AddIndex("cow", models.Index(fields=["name"], name="cow_name")),
]


def farm() -> ProjectState:
    """Two models, made, of which one refers to the other."""
    state = ProjectState()
    for operation in MADE:
        operation.state_forwards("farm", state)
    assert state.apps
    return state


def test_what_is_added_is_in_the_state_and_on_the_model_that_is_made_already() -> None:
    plain, quick = farm(), farm()
    for operation in ADDED:
        operation.state_forwards("farm", plain)
    before = quick.apps.get_model("farm", "calf")
    with models_rendered_once():
        for operation in ADDED:
            operation.state_forwards("farm", quick)
    assert quick.apps.get_model("farm", "calf") is before
    assert quick.models["farm", "cow"] == plain.models["farm", "cow"]
    of_quick, of_plain = (each.apps.get_model("farm", "cow")._meta for each in (quick, plain))
    assert of_quick.constraints == of_plain.constraints
    assert of_quick.indexes == of_plain.indexes
    assert len(of_quick.constraints) == len(of_quick.indexes) == 1


def test_outside_of_it_django_does_as_it_always_does() -> None:
    state = farm()
    with models_rendered_once():
        pass
    before = state.apps.get_model("farm", "calf")
    ADDED[0].state_forwards("farm", state)
    assert state.apps.get_model("farm", "calf") is not before
