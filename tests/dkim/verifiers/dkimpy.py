"""dkimpy's word on messages, and its signatures.

usage: dkimpy.py verify ZONE FILE...    prints "FILE ALGORITHM pass|fail" for each signature
       dkimpy.py sign DOMAIN SELECTOR KEY FILE       prints the field
"""

import base64
import sys

import dkim


def records(path):
    with open(path, encoding="ascii") as file:
        return dict(line.rstrip("\n").split("\t") for line in file)


def verify(zone, paths):
    def answer(name, timeout=5):
        return zone.get(name.decode().rstrip("."), "").encode()

    for path in paths:
        with open(path, "rb") as file:
            message = file.read()
        judge = dkim.DKIM(message, timeout=5, minkey=1024)
        fields = [value for name, value in judge.headers if name.lower() == b"dkim-signature"]
        for number, value in enumerate(fields):
            algorithm = dkim.util.parse_tag_value(value)[b"a"].decode()
            try:
                good = dkim.DKIM(message, timeout=5).verify(idx=number, dnsfunc=answer)
            except dkim.DKIMException as failed:
                print(failed, file=sys.stderr)
                good = False
            print(path, algorithm, "pass" if good else "fail", sep="\t")


def sign(domain, selector, key, path):
    with open(path, "rb") as file:
        message = file.read()
    with open(key, "rb") as file:
        private = file.read()
    algorithm = b"rsa-sha256"
    if len(private) < 200:  # Ed25519: the 32 bytes at the end, in base64
        private = base64.b64encode(base64.b64decode(b"".join(private.splitlines()[1:-1]))[-32:])
        algorithm = b"ed25519-sha256"
    field = dkim.sign(
        message,
        selector.encode(),
        domain.encode(),
        private,
        canonicalize=(b"relaxed", b"relaxed"),
        signature_algorithm=algorithm,
    )
    sys.stdout.buffer.write(field)


if __name__ == "__main__":
    if sys.argv[1] == "verify":
        verify(records(sys.argv[2]), sys.argv[3:])
    else:
        sign(*sys.argv[2:])
