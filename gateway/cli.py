"""The command line, wired to what it runs."""

import sys
from collections.abc import Sequence
from contextlib import closing
from importlib import import_module
from typing import Any

from gateway.commands.app import build_cli
from gateway.commands.collaborators import Collaborators
from gateway.commands.running import interrupted_by_signals, run_cli
from gateway.consumer import follow
from gateway.engines import build_feedback_log, build_models
from gateway.execution.explaining import explain
from gateway.jobs import apply_changes, index_for, roll_back
from gateway.models import list_models, promote_model, roll_back_model
from gateway.popularity import refresh_popularity
from gateway.server import run
from gateway.settings import Settings
from indexing.demo import write_demo
from schema.sdl import print_schema


def evaluate(*arguments: Any, **options: Any) -> Sequence[str]:
    """As `gateway.evaluation.run.evaluate`.

    Loaded when it is asked for: libraries for measures and pictures take a time that no other command should wait for.
    """
    lines: Sequence[str] = import_module("gateway.evaluation.run").evaluate(*arguments, **options)
    return lines


def evaluate_recommendations(*arguments: Any, **options: Any) -> Sequence[str]:
    """As `gateway.evaluation.recommending.evaluate_recommendations`, loaded when it is asked for."""
    module = import_module("gateway.evaluation.recommending")
    lines: Sequence[str] = module.evaluate_recommendations(*arguments, **options)
    return lines


def report_experiments(settings: Settings, **options: Any) -> Sequence[str]:
    """As `gateway.evaluation.experiments.run.report`, of the settings' feedback; loaded when it is asked for."""
    module = import_module("gateway.evaluation.experiments.run")
    lines: Sequence[str] = module.report(build_feedback_log(settings), settings, **options)
    return lines


def train(settings: Settings, **options: Any) -> Sequence[str]:
    """As `gateway.learning.run.train`, of the settings' feedback and models; loaded when it is asked for."""
    module = import_module("gateway.learning.run")
    with closing(build_models(settings)) as registry:
        lines: Sequence[str] = module.train(build_feedback_log(settings), registry, **options)
    return lines


def main() -> None:
    """Run the command that the process was started with, and end the process with its exit code."""
    interrupted_by_signals()
    collaborators = Collaborators(
        index_catalog=index_for,
        apply_changes=apply_changes,
        follow=follow,
        roll_back=roll_back,
        write_demo=write_demo,
        serve=run,
        print_schema=print_schema,
        evaluate=evaluate,
        evaluate_recommendations=evaluate_recommendations,
        explain_plan=explain,
        report_experiments=report_experiments,
        refresh_popularity=refresh_popularity,
        train=train,
        list_models=list_models,
        promote_model=promote_model,
        roll_back_model=roll_back_model,
    )
    sys.exit(run_cli(build_cli(collaborators), sys.argv[1:]))
