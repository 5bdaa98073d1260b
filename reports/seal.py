"""The seal of a run: a digest of each of its files, which may be signed; and whether a folder is still what it was.

`SHA256SUMS` is what `sha256sum` writes, and `sha256sum -c` checks it without this program. `SHA256SUMS.sig` is an
Ed25519 signature of it (RFC 8032):

    openssl pkeyutl -verify -pubin -inkey public.pem -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig
"""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from reports import certificate, journal, record, render
from reports.problem import UsageProblem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SUMS, SIGNATURE = "SHA256SUMS", "SHA256SUMS.sig"
# A later cleanup adds to the ledger; a kept cast is the user's, who removes it; neither is evidence.
_NOT_SEALED = (SUMS, SIGNATURE, "ledger.jsonl", "cast.env", "deviations.toml")

_Key = TypeVar("_Key")


def write(directory: Path, key: Ed25519PrivateKey | None = None) -> None:
    """Seal a run's folder. Raises OSError where it cannot be written."""
    record.write_whole(directory / SUMS, _sums(directory))
    (directory / SIGNATURE).unlink(missing_ok=True)
    if key is not None:
        sign(directory, key)


def sign(directory: Path, key: Ed25519PrivateKey) -> None:
    """Sign the seal of a folder. Raises OSError."""
    signature = key.sign((directory / SUMS).read_bytes())
    handle = os.open(directory / SIGNATURE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(signature)


def problems_of(directory: Path, key: Ed25519PublicKey | None = None) -> list[str]:
    """What speaks against a folder, a sentence each: files, signature, and what follows from its rows.

    Raises RecordError or OSError where it cannot be read.
    """
    return [*_of_files(directory), *_of_signature(directory, key), *_of_rows(directory)]


def _of_files(directory: Path) -> Iterator[str]:
    if not (directory / SUMS).exists():
        yield f"{SUMS} is missing: the run was killed, or was never sealed"
        return
    sealed = {}
    for line in (directory / SUMS).read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        sealed[name] = digest
    there = dict(_digests(directory))
    for name in sorted(sealed.keys() | there.keys()):
        if name not in there:
            yield f"{name} is missing"
        elif name not in sealed:
            yield f"{name} is not sealed: it was added"
        elif sealed[name] != there[name]:
            yield f"{name} is not what was sealed"


def _of_signature(directory: Path, key: Ed25519PublicKey | None) -> Iterator[str]:
    if key is None:
        return
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415  only who checks one needs it

    try:
        signature = (directory / SIGNATURE).read_bytes()
        key.verify(signature, (directory / SUMS).read_bytes())
    except FileNotFoundError:
        yield "there is no signature"
    except InvalidSignature:
        yield "the signature is not of this key, or not of this seal"


def _of_rows(directory: Path) -> Iterator[str]:
    """What the rows give, by the rules of this program, against what the folder says that they gave."""
    contents = journal.read(directory)
    made = record.derive(contents)
    if not (directory / record.FILE_NAME).exists():
        yield f"{record.FILE_NAME} is missing"
    is_same_program = made.header.tool == record.tool()
    for name, text in render.texts(contents, made):
        file = directory / name
        if name == certificate.FILE_NAME and not is_same_program:
            continue  # another program may say the same in other words
        found = file.read_text(encoding="utf-8") if file.exists() else text
        if found != text and (
            name != certificate.FILE_NAME or _unpacked(found) != certificate.unpacked(text)
        ):
            yield f"{name} does not follow from the rows"
    by = record.requirement_set()
    if made.header.requirement_set.version != by:
        yield (
            f"the run was judged by requirement set {made.header.requirement_set.version}, this program has {by}; "
            f"check it with authmark {made.header.tool.version} {made.header.tool.commit}".rstrip()
        )


def _unpacked(page: str) -> str:
    try:
        return certificate.unpacked(page)
    except (ValueError, zlib.error):
        return ""


def is_signed(directory: Path) -> bool:
    """Whether there is a signature."""
    return (directory / SIGNATURE).exists()


def _sums(directory: Path) -> str:
    return "".join(f"{digest}  {name}\n" for name, digest in _digests(directory))


def _digests(directory: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(directory.rglob("*")):
        name = path.relative_to(directory).as_posix()
        if path.is_file() and name not in _NOT_SEALED:
            yield name, hashlib.sha256(path.read_bytes()).hexdigest()


# ----- keys


def private_key(path: Path) -> Ed25519PrivateKey:
    """An Ed25519 key from its PEM file. Raises UsageProblem."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  only where something is signed
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey  # noqa: PLC0415  as above

    try:
        key = serialization.load_pem_private_key(_read(path), password=None)
    except (ValueError, TypeError) as problem:
        raise UsageProblem(f"{path}: is no private key in PEM without a password: {problem}") from None
    return _ed25519(path, key, Ed25519PrivateKey)


def public_key(path: Path) -> Ed25519PublicKey:
    """An Ed25519 public key from its PEM file. Raises UsageProblem."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  as above
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415  as above

    try:
        key = serialization.load_pem_public_key(_read(path))
    except ValueError as problem:
        raise UsageProblem(f"{path}: is no public key in PEM: {problem}") from None
    return _ed25519(path, key, Ed25519PublicKey)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise UsageProblem(f"{path}: {problem.strerror}") from None


def _ed25519(path: Path, key: object, kind: type[_Key]) -> _Key:
    if not isinstance(key, kind):
        raise UsageProblem(
            f"{path}: is no Ed25519 key; make one with: openssl genpkey -algorithm ed25519 -out {path.name}"
        )
    return key


def fingerprint(key: Ed25519PublicKey) -> str:
    """SHA-256 of the public key (DER, SubjectPublicKeyInfo) in hex."""
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415  as above

    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).hexdigest()
