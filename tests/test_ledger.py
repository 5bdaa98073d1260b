import json
import multiprocessing
from dataclasses import replace

import pytest

from fixtures import cleanup as command
from fixtures.adapters.medplum import Medplum
from fixtures.adapters.registry import Registry
from fixtures.http import NetworkError
from fixtures.ledger import Entry, Ledger, Target, key_of, read
from fixtures.target.discovery import Discovery
from fixtures.target.profile import PROFILES, load
from reports.exchange import Exchange
from reports.problem import UsageProblem

KINDS = Registry()
MEDPLUM = load(PROFILES / "medplum.toml", KINDS)
ENVIRON = {"MEDPLUM_CLIENT_ID": "the-id", "MEDPLUM_CLIENT_SECRET": "the-secret"}
KEY = key_of(MEDPLUM.resolve(ENVIRON), "a1b2c3")


@pytest.fixture
def ledger(tmp_path):
    return Ledger.create(tmp_path / "run" / "ledger.jsonl", "a1b2c3", MEDPLUM, KEY)


def test_an_object_is_on_disk_before_it_is_made(ledger):
    ledger.planned("Project", "authmark-a1b2c3-main")
    last = json.loads(ledger.path.read_text().splitlines()[-1])
    assert (last["state"], last["kind"], last["name"]) == ("planned", "Project", "authmark-a1b2c3-main")


def test_the_first_line_names_the_target_and_no_secret(ledger):
    contents = read(ledger.path)
    assert contents.run == "a1b2c3"
    assert contents.target == Target(MEDPLUM.source, "Medplum", "medplum", "http://localhost:8103/")


def test_what_is_open_comes_last_planned_first_with_its_reference_or_its_name(ledger):
    project, user, gone = (
        ledger.planned("Project", "p"),
        ledger.planned("User", "u@example.com"),
        ledger.planned("Project", "q"),
    )
    ledger.made(project, "Project/1")
    ledger.made(gone, "Project/2")
    ledger.removed(gone)
    assert ledger.open_entries() == (
        Entry(user, "User", "u@example.com"),
        Entry(project, "Project", "p", "made", "Project/1"),
    )


def test_a_ledger_is_never_begun_twice(ledger):
    with pytest.raises(FileExistsError):
        Ledger.create(ledger.path, "other", MEDPLUM)


def test_a_line_cut_off_by_a_kill_is_told_and_the_rest_is_read(ledger):
    project = ledger.planned("Project", "p")
    with ledger.path.open("a") as file:
        file.write('{"at": "2026-11-24T0')
    contents = read(ledger.path)
    assert contents.entries == (Entry(project, "Project", "p"),)
    assert contents.problems == (
        f"{ledger.path}:3 cannot be read as a ledger line; what it noted is unknown",
    )


@pytest.mark.parametrize("line", ["[]", '{"state": "made"}', '{"entry": "x", "state": "made", "ref": "P/1"}'])
def test_a_line_that_makes_no_sense_is_told(ledger, line):
    with ledger.path.open("a") as file:
        file.write(line + "\n")
    assert len(read(ledger.path).problems) == 1


@pytest.mark.parametrize(
    "text", ["", "hello\n", "[]\n", '{"ledger": 2}\n', '{"ledger": 1, "run": "x", "target": {}}\n']
)
def test_another_file_is_no_ledger(tmp_path, text):
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(UsageProblem, match="is no ledger: its first line names no target"):
        read(path)


def _append(path, process):
    ledger = Ledger(path)
    for number in range(50):
        ledger.made(ledger.planned("Client", f"{process}-{number}"), f"Client/{process}-{number}")


def test_several_processes_write_one_ledger(ledger):
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_append, args=(ledger.path, number)) for number in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    contents = read(ledger.path)
    assert contents.problems == ()
    assert {each.ref for each in contents.entries} == {f"Client/{p}-{n}" for p in range(4) for n in range(50)}


# ----- python -m fixtures.cleanup


class Remover:
    """An adapter that removes every project except the stubborn ones."""

    stubborn: tuple[str, ...] = ()
    dead = False
    seen: tuple[Entry, ...] = ()

    def __init__(self, _http, _profile, _discovery, secrets):
        assert secrets.texts == {"env:MEDPLUM_CLIENT_ID": "the-id", "env:MEDPLUM_CLIENT_SECRET": "the-secret"}

    def check_credentials(self):
        pass

    def adopt(self, _standing, ledger, _process):
        self.ledger = ledger

    def cleanup(self, entries):
        if self.dead:
            raise NetworkError("no answer to POST http://localhost:8103/: reset", Exchange("POST", ""))
        type(self).seen = tuple(entries)
        for entry in entries:
            if entry.name not in self.stubborn:
                self.ledger.removed(entry.id)
        return [f"{name} is still there" for name in self.stubborn]


@pytest.fixture
def remover(monkeypatch):
    class Fresh(Remover):
        pass

    monkeypatch.setattr(Registry, "find", lambda *_: Fresh)
    Fresh.sections = Medplum.sections
    monkeypatch.setattr(command, "reach", lambda *_: None)
    monkeypatch.setattr(
        command, "discover", lambda *_: Discovery("http://localhost:8103/", "http://localhost:8103/t")
    )
    return Fresh


def cleanup(ledger, *more, environ=ENVIRON):
    return command.main(["cleanup", str(ledger.path), *more], environ)


def test_cleanup_removes_all_that_is_open(ledger, remover, capsys):
    for name in ("p", "q"):
        ledger.planned("Project", name)
    assert cleanup(ledger) == 0
    assert [each.name for each in remover.seen] == ["q", "p"]
    assert capsys.readouterr().err == "2 of 2 objects of run a1b2c3 removed from http://localhost:8103/\n"
    assert cleanup(ledger) == 0
    assert capsys.readouterr().err == "nothing is left of run a1b2c3 on Medplum\n"


def test_cleanup_says_what_is_left(ledger, remover, capsys):
    for name in ("p", "q"):
        ledger.planned("Project", name)
    remover.stubborn = ("p",)
    assert cleanup(ledger) == 1
    assert capsys.readouterr().err.splitlines() == [
        "p is still there",
        "1 of 2 objects of run a1b2c3 removed from http://localhost:8103/",
    ]


def test_cleanup_that_loses_the_network_ends_with_1(ledger, remover, capsys):
    ledger.planned("Project", "p")
    remover.dead = True
    assert cleanup(ledger) == 1
    assert capsys.readouterr().err.startswith(
        "no answer to POST http://localhost:8103/: reset\n0 of 1 objects"
    )


@pytest.mark.usefixtures("remover")
def test_cleanup_of_a_ledger_with_an_unreadable_line_ends_with_1(ledger):
    with ledger.path.open("a") as file:
        file.write('{"at"\n')
    assert cleanup(ledger) == 1


def test_the_embedded_reference_target_leaves_nothing(tmp_path, capsys):
    ledger = Ledger.create(tmp_path / "ledger", "a1b2c3", replace(MEDPLUM, source="reference"))
    ledger.planned("Project", "p")
    assert cleanup(ledger, environ={}) == 0
    assert "embedded reference target" in capsys.readouterr().err


def test_cleanup_without_credentials_is_refused_in_one_line(ledger, capsys):
    ledger.planned("Project", "p")
    assert cleanup(ledger, environ={"MEDPLUM_CLIENT_ID": "the-id"}) == 4
    assert capsys.readouterr().err == (
        f"{MEDPLUM.source}: [credentials] admin_client_secret reads env:MEDPLUM_CLIENT_SECRET, which is not set; "
        "export MEDPLUM_CLIENT_SECRET first\n"
    )


def test_cleanup_with_the_profile_of_another_target_is_refused(ledger, capsys):
    ledger.planned("Project", "p")
    other = PROFILES / "staging-example.toml"
    assert cleanup(ledger, "--target", str(other)) == 4
    assert capsys.readouterr().err == (
        f"the ledger belongs to http://localhost:8103/, but {other} is the profile of "
        "https://staging.acme.example/; give --target the profile of that run\n"
    )


def test_cleanup_whose_profile_has_moved_says_how_to_name_it(tmp_path, capsys):
    ledger = Ledger.create(tmp_path / "ledger", "a1b2c3", replace(MEDPLUM, source="gone.toml"))
    ledger.planned("Project", "p")
    assert cleanup(ledger) == 4
    assert capsys.readouterr().err == (
        "profile gone.toml does not exist (the ledger names it; --target can name another)\n"
    )


def forged(ledger, name="authmark-a1b2c3-theirs"):
    """A line that somebody wrote who has not the run's secrets."""
    Ledger(ledger.path, b"guessed").planned("Project", name)


def test_a_line_that_the_run_did_not_write_does_not_count(ledger, remover, capsys):
    ledger.planned("Project", "p")
    forged(ledger)
    assert cleanup(ledger) == 1
    assert [each.name for each in remover.seen] == ["p"]
    assert ":3 was not written by the run; what it names is left alone" in capsys.readouterr().err


def test_a_line_that_was_changed_does_not_count(ledger):
    ledger.planned("Project", "p")
    ledger.path.write_text(ledger.path.read_text().replace('"name": "p"', '"name": "q"'))
    contents = read(ledger.path, KEY)
    assert contents.is_authentic
    assert contents.entries == ()


def test_a_line_of_another_run_does_not_count(ledger, tmp_path):
    other = Ledger.create(tmp_path / "other", "ffffff", MEDPLUM, key_of(MEDPLUM.resolve(ENVIRON), "ffffff"))
    other.planned("Project", "q")
    with ledger.path.open("a") as file:
        file.write(other.path.read_text().splitlines()[1] + "\n")
    assert read(ledger.path, KEY).entries == ()


@pytest.mark.parametrize("first_line", ["forged", "without its code"])
def test_a_ledger_of_which_nobody_knows_who_wrote_it_is_asked_about_before_anything_is_sent(
    ledger, monkeypatch, capsys, first_line
):
    ledger.planned("Project", "authmark-a1b2c3-main")
    text = ledger.path.read_text()
    changed = (
        text.replace('"code": "', '"code": "0') if first_line == "forged" else text.replace('"code"', '"cod"')
    )
    ledger.path.write_text(changed)
    monkeypatch.setattr(command, "connect", lambda *_: pytest.fail("something would be sent"))
    assert cleanup(ledger) == 4
    said = capsys.readouterr().err
    assert "Remove Project authmark-a1b2c3-main from http://localhost:8103/? Nobody can be asked here" in said
    assert "nothing was removed" in said


def test_the_user_can_say_yes_to_a_ledger_that_nobody_vouches_for(ledger, remover):
    ledger.planned("Project", "p")
    ledger.path.write_text(ledger.path.read_text().replace('"code"', '"cod"'))
    assert cleanup(ledger, "--yes") == 0
    assert [each.name for each in remover.seen] == ["p"]


def test_a_profile_that_the_ledger_names_must_be_of_the_same_address(ledger, tmp_path, monkeypatch):
    """A ledger that names somebody's profile does not send the admin secret to where that profile says."""
    ledger.planned("Project", "p")
    evil = tmp_path / "evil.toml"
    evil.write_text(
        (PROFILES / "medplum.toml").read_text().replace("http://localhost:8103/", "https://evil.example/")
    )
    text = (
        ledger.path.read_text()
        .replace(MEDPLUM.source, str(evil))
        .replace("http://localhost:8103/", "https://evil.example/")
    )
    ledger.path.write_text(text)
    monkeypatch.setattr(command, "connect", lambda *_: pytest.fail("something would be sent"))
    assert cleanup(ledger) == 4


def test_a_missing_ledger_and_a_wrong_command_line_end_with_4(capsys):
    assert command.main(["cleanup", "nowhere"]) == 4
    assert capsys.readouterr().err == "ledger nowhere does not exist\n"
    with pytest.raises(SystemExit) as caught:
        command.main(["cleanup"])
    assert caught.value.code == 4
