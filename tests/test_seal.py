"""The seal of a run: whoever changes a file of it, or all of them together, is found out."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from reports import record, seal
from reports.__main__ import main
from reports.journal import RequirementSet
from reports.problem import UsageProblem
from tests.harness import run, selecting
from tests.report_rows import contents, row, write_journal


@pytest.fixture
def folder(tmp_path):
    """The folder of a run that ended: one requirement passed, one failed."""
    directory = tmp_path / "run"
    directory.mkdir()
    rows = [row("PK01"), row("PK02", "failed")]
    asked = RequirementSet(record.requirement_set(), ("PK01", "PK02"))
    write_journal(directory, contents(rows, requirement_set=asked))
    assert main(["render", str(directory)]) == 0
    (directory / "ledger.jsonl").write_text("{}\n")
    return directory


@pytest.fixture
def keys(tmp_path):
    """A key, its public half and another's, as PEM files."""
    made = []
    for name in ("mine", "others"):
        key = ed25519.Ed25519PrivateKey.generate()
        private, public = tmp_path / f"{name}.pem", tmp_path / f"{name}-public.pem"
        private.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        public.write_bytes(
            key.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )
        made += [private, public]
    return made


def verify(folder, capsys, *options):
    capsys.readouterr()
    code = main(["verify", str(folder), *options])
    said = capsys.readouterr()
    return code, said.out, [line.removeprefix(f"{folder}: ") for line in said.err.splitlines()]


def test_an_untouched_folder_is_verified_with_its_outcome(folder, capsys):
    code, said, problems = verify(folder, capsys)
    assert (code, problems) == (0, [])
    assert "its rows give not conformant (1 passed, 1 failed)" in said
    assert "not signed" in said


def test_a_later_cleanup_does_not_break_the_seal(folder, capsys):
    with (folder / "ledger.jsonl").open("a") as ledger:
        ledger.write("{}\n")
    assert verify(folder, capsys)[0] == 0


@pytest.mark.skipif(not shutil.which("sha256sum"), reason="needs sha256sum")
def test_the_seal_can_be_checked_without_this_program(folder):
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=folder, check=True)  # noqa: S607  whichever there is


def to_green(text):
    return text.replace('"failed"', '"passed"').replace('"not-conformant"', '"conformant"')


@pytest.mark.parametrize("name", ["run.json", "rows.jsonl", "evidence/PK02.json", "certificate.html"])
def test_a_file_that_was_changed_is_named(folder, capsys, name):
    file = folder / name
    file.write_text(to_green(file.read_text()) + ("" if name == "rows.jsonl" else " "))
    code, _, problems = verify(folder, capsys)
    assert code == 1
    assert f"{name} is not what was sealed" in problems


def test_a_file_that_is_missing_or_new_is_named(folder, capsys):
    (folder / "evidence/PK01.json").unlink()
    (folder / "evidence/PK09.json").write_text("{}")
    assert verify(folder, capsys)[2] == [
        "evidence/PK01.json is missing",
        "evidence/PK09.json is not sealed: it was added",
    ]


def test_a_record_edited_to_green_and_sealed_again_does_not_follow_from_the_rows(folder, capsys):
    flattering = json.loads((folder / "run.json").read_text())
    flattering["footer"] |= {"outcome": "conformant", "exit_code": 0}
    (folder / "run.json").write_text(json.dumps(flattering, indent=1) + "\n")
    seal.write(folder)
    code, said, problems = verify(folder, capsys)
    assert (code, problems) == (1, ["run.json does not follow from the rows"])
    assert "give not conformant" in said


def test_a_certificate_or_evidence_made_otherwise_does_not_follow_from_the_rows(folder, capsys):
    for name in ("certificate.html", "evidence/PK02.json"):
        file = folder / name
        file.write_text(to_green(file.read_text()) + " ")
    seal.write(folder)
    assert verify(folder, capsys)[2] == [
        "evidence/PK02.json does not follow from the rows",
        "certificate.html does not follow from the rows",
    ]


def test_what_was_changed_all_together_is_found_out_by_the_signature(folder, keys, capsys):
    private, public, _, other = keys
    assert main(["sign", str(folder), str(private)]) == 0
    code, said, problems = verify(folder, capsys, f"--key={public}")
    assert (code, problems) == (0, [])
    assert "signed by " in said
    assert verify(folder, capsys, f"--key={other}")[2] == [
        "the signature is not of this key, or not of this seal"
    ]
    signature = (folder / seal.SIGNATURE).read_bytes()
    rows = folder / "rows.jsonl"
    rows.write_text(
        rows.read_text().replace('"verdict": "failed"', '"verdict": "passed"').replace('"accepted"', "null")
    )
    (folder / "SHA256SUMS").unlink()
    assert main(["render", str(folder)]) == 0
    assert verify(folder, capsys)[::2] == (0, []), "without a signature nobody can tell"
    (folder / seal.SIGNATURE).write_bytes(signature)
    assert verify(folder, capsys, f"--key={public}")[2] == [
        "the signature is not of this key, or not of this seal"
    ]


@pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")
def test_the_signature_can_be_checked_without_this_program(folder, keys):
    private, public, *_ = keys
    assert main(["sign", str(folder), str(private)]) == 0
    command = "openssl pkeyutl -verify -pubin -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig -inkey"
    subprocess.run([*command.split(), str(public)], cwd=folder, check=True, capture_output=True)


def test_an_unsigned_folder_does_not_pass_for_a_signed_one(folder, keys, capsys):
    assert verify(folder, capsys, f"--key={keys[1]}")[2] == ["there is no signature"]


def test_a_run_that_was_judged_by_other_rules_is_not_vouched_for(folder, capsys, monkeypatch):
    """A change of one line in the verdicts makes another requirement set."""
    monkeypatch.setattr(record, "requirement_set", lambda: "another-set0")
    code, _, problems = verify(folder, capsys)
    assert code == 1
    assert problems[0].startswith("the run was judged by requirement set ")


def test_a_folder_that_was_changed_is_not_signed(folder, keys, capsys):
    (folder / "run.json").write_text("{}")
    assert main(["sign", str(folder), str(keys[0])]) == 1
    assert "not signed" in capsys.readouterr().err
    assert not seal.is_signed(folder)


def test_what_is_no_key_is_refused_in_one_line(tmp_path):
    file = tmp_path / "key.pem"
    with pytest.raises(UsageProblem, match="No such file"):
        seal.private_key(file)
    file.write_text("no key")
    for read in (seal.private_key, seal.public_key):
        with pytest.raises(UsageProblem, match="is no p"):
            read(file)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    with pytest.raises(UsageProblem, match="is no Ed25519 key; make one with: openssl"):
        seal.private_key(file)


def test_a_run_seals_and_signs_all_that_it_wrote(tmp_path: Path, keys, capsys) -> None:
    finished = run(tmp_path / "out", f"--sign={keys[0]}", *selecting(["PK01"]))
    assert finished.directory is not None, finished.output
    sealed = {
        line.partition("  ")[2] for line in (finished.directory / "SHA256SUMS").read_text().splitlines()
    }
    assert sealed >= {"rows.jsonl", "run.json", "evidence/PK01.json", "certificate.html"}
    assert verify(finished.directory, capsys, f"--key={keys[1]}")[::2] == (0, [])
    assert finished.record is not None
    assert finished.record["header"]["signed_by"] == seal.fingerprint(seal.public_key(keys[1]))
    for path in finished.directory.rglob("*"):
        assert path.stat().st_mode & 0o077 == 0, f"{path.name} is for its owner alone"


def test_a_key_that_is_none_ends_a_run_before_it_begins(tmp_path: Path) -> None:
    finished = run(tmp_path / "out", f"--sign={tmp_path}/none.pem", *selecting(["PK01"]))
    assert finished.code == 4
    assert finished.errors == [f"ERROR: {tmp_path}/none.pem: No such file or directory"]
