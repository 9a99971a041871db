"""Runs compared: a true difference is found, none where there is none, and every interval holds what it should."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from eval.bootstrap import paired_difference, ratio_interval, resamples
from eval.cli import main
from eval.compare import Recorded, compare, flipped, load_run
from eval.figures import figures, marks
from eval.gates import floors, under, worse
from eval.report import full_report, readable
from eval.scoring import Row
from eval.selective import aurc, calibration_bins, ece, risk_coverage
from rag.errors import OptionError
from tests.recorded import changed, recorded, system

BEFORE = system(500, 0.70, seed=1)
AFTER = changed(BEFORE, gained=40, lost=15, seed=2)  # five points: 25 of 500


def run_of(rows: Sequence[Row], name: str = "run") -> Recorded:
    return Recorded(name, tuple(row.id for row in rows), marks(rows), tuple(rows))


def written(rows: Sequence[Row], folder: Path) -> Path:
    folder.mkdir()
    (folder / "answers.jsonl").write_text("".join(json.dumps(row.to_dict()) + "\n" for row in rows))
    (folder / "report.json").write_text(readable(full_report(rows, {})))
    return folder


def test_five_points_on_500_rows_are_found() -> None:
    found = compare(run_of(BEFORE), run_of(AFTER))["answerable_accuracy"]
    assert (found.first, found.second, found.difference) == pytest.approx((0.70, 0.75, 0.05))
    assert 0 < found.low < 0.05 < found.high
    assert found.verdict == "better"
    assert compare(run_of(AFTER), run_of(BEFORE))["answerable_accuracy"].verdict == "worse"
    gained, lost = flipped(run_of(BEFORE), run_of(AFTER))
    assert (len(gained), len(lost)) == (40, 15)


def test_nothing_is_found_between_two_runs_of_the_same_system() -> None:
    again = [Row.from_dict(json.loads(json.dumps(row.to_dict()))) for row in BEFORE]
    found = compare(run_of(BEFORE), run_of(again))
    assert {difference.difference for difference in found.values()} == {0.0}
    assert {difference.verdict for difference in found.values()} == {""}
    assert flipped(run_of(BEFORE), run_of(again)) == ([], [])


def test_a_system_that_wavers_is_not_taken_for_another() -> None:
    """Of 200 pairs of runs that differ by luck alone, the interval leaves out 0 about as often as it says: 1 in 20."""
    rng = random.Random(5)
    alarms, drawn = 0, resamples(500)
    for _ in range(200):
        first, second = (np.array([rng.random() < 0.7 for _ in range(500)], dtype=float) for _ in range(2))
        _, low, high = paired_difference((first, np.ones(500)), (second, np.ones(500)), drawn)
        alarms += not low <= 0 <= high
    assert alarms <= 20


def test_an_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rng, drawn = np.random.default_rng(3), resamples(100)
    held = 0
    for _ in range(200):
        right = (rng.random(100) < 0.8).astype(float)
        low, high = ratio_interval(right, np.ones(100), drawn)
        held += low <= 0.8 <= high
    assert 180 <= held <= 198


def test_a_share_over_questions_with_several_quotes_is_drawn_by_question() -> None:
    """Ten quotes of one question are not ten questions."""
    counted, of = np.array([10.0, 0.0]), np.array([10.0, 1.0])
    assert ratio_interval(counted, of, resamples(2)) == (0.0, 1.0)


def test_every_figure_has_its_interval() -> None:
    for name, figure in figures(BEFORE).items():
        if figure.value is not None:
            assert figure.low is not None, name
            assert figure.high is not None, name
            assert figure.low <= figure.value + 1e-9 <= figure.high + 2e-9, name


def test_a_report_alone_is_enough_to_compare_with(tmp_path: Path) -> None:
    before, after = written(BEFORE, tmp_path / "before"), written(AFTER, tmp_path / "after")
    by_rows, by_report = (load_run(path) for path in (before, before / "report.json"))
    assert by_report.right() == by_rows.right()
    ours = compare(by_report, load_run(after))
    theirs = compare(by_rows, load_run(after / "answers.jsonl"))
    assert all(ours[name] == theirs[name] for name in ours)
    assert {"aurc", "ece"} == set(theirs) - set(ours)  # which need the rows
    assert worse(load_run(before), load_run(after / "report.json")) != []
    assert worse(load_run(after), load_run(before / "report.json")) == []


def test_the_command_prints_differences_and_flips_and_fails_where_it_is_told_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before, after = written(BEFORE, tmp_path / "before"), written(AFTER, tmp_path / "after")
    assert main(["compare", str(before), str(after), "--no-worse"]) == 0
    said = capsys.readouterr().out
    assert "before → after" in said
    assert "right only in the second: 40" in said
    assert "and 30 more" in said
    assert main(["compare", str(after), str(before), "--no-worse"]) == 1
    assert "answerable_accuracy is worse" in capsys.readouterr().err
    assert main(["compare", str(before), str(after), "--json", "--fail-under", "answerable_accuracy=0.76"]) == 1
    printed = capsys.readouterr()
    assert json.loads(printed.out)["figures"]["answerable_accuracy"]["n"] == 500
    assert "answerable_accuracy is 0.750, and the bar is 0.76" in printed.err


@pytest.mark.parametrize("bad", ["nothing", "answers.jsonl", "report.json"])
def test_what_is_no_run_is_named(bad: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "answers.jsonl").write_text('{"id": "q"}\n')
    (tmp_path / "report.json").write_text("{}")
    good = written(BEFORE[:5], tmp_path / "good")
    assert main(["compare", str(good), str(tmp_path / bad)]) == 2
    assert bad in capsys.readouterr().err


def test_an_id_that_names_another_question_in_each_run_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ids are numbers of rows where a file has none, and a row was put in after the second."""
    before = [recorded(n, right=True, question=f"What of {n}?") for n in range(4)]
    after = [*before[:2], recorded(2, right=False, question="What is new?"), recorded(3, right=False, question="2?")]
    assert compare(run_of(before), run_of(after))["answerable_accuracy"].n == 2
    assert flipped(run_of(before), run_of(after)) == ([], [])
    assert main(["compare", str(written(before, tmp_path / "a")), str(written(after, tmp_path / "b"))]) == 0
    assert "2 ids that name another question in each, q2 first" in capsys.readouterr().err


def test_runs_of_other_questions_cannot_be_compared() -> None:
    with pytest.raises(OptionError, match="share no question"):
        compare(run_of(BEFORE[:10]), run_of(BEFORE[10:20]))


def test_bars_are_read_and_held() -> None:
    assert floors("answerable_accuracy=0.85, ece=0.1") == {"answerable_accuracy": 0.85, "ece": 0.1}
    with pytest.raises(OptionError, match="NAME=VALUE"):
        floors("answerable_accuracy")
    with pytest.raises(OptionError, match="no figure 'accuracy'; the figures are answerable_accuracy"):
        floors("accuracy=0.85")
    values = {"answerable_accuracy": 0.85, "ece": 0.2, "dispute_recall": None}
    assert under(values, {"answerable_accuracy": 0.85}) == []
    assert under(values, {"ece": 0.1}) == ["ece is 0.200, and the bar is 0.1"]  # of which less is better
    assert under(values, {"dispute_recall": 0.5}) == ["dispute_recall: nothing to count, and the bar is 0.5"]


def test_risk_and_coverage_worked_by_hand() -> None:
    confidence, right = np.array([0.9, 0.8, 0.7, 0.6]), np.array([1.0, 0.0, 1.0, 1.0])
    coverage, risk = risk_coverage(confidence, right)
    assert coverage.tolist() == [0.25, 0.5, 0.75, 1.0]
    assert risk == pytest.approx([0, 1 / 2, 1 / 3, 1 / 4])
    assert aurc(confidence, right) == pytest.approx((0 + 1 / 2 + 1 / 3 + 1 / 4) / 4)
    order = np.array([2, 0, 3, 1])
    assert aurc(confidence[order], right[order]) == pytest.approx(aurc(confidence, right))
    equal = np.full(4, 0.5)  # who is equally sure is answered together
    assert aurc(equal, right) == pytest.approx(1 / 4)


def test_calibration_worked_by_hand() -> None:
    confidence, right = np.array([0.95, 0.95, 0.25, 1.0]), np.array([1.0, 0.0, 0.0, 1.0])
    assert calibration_bins(confidence, right) == [
        (pytest.approx(0.25), 0.0, 1),
        (pytest.approx(2.9 / 3), pytest.approx(2 / 3), 3),
    ]
    assert ece(confidence, right) == pytest.approx((0.25 * 1 + abs(2.9 / 3 - 2 / 3) * 3) / 4)


def test_silence_is_right_where_the_documents_have_nothing() -> None:
    rows = [recorded(0, right=True), recorded(1, right=False), recorded(2, right=True, answerable=False)]
    found = figures(rows)
    assert found["f1_abstaining"].value == pytest.approx((1 + 0 + 1) / 3)
    assert found["f1"].value == pytest.approx(1 / 2)
    assert found["abstain_recall"].value == 1.0
