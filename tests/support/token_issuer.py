"""An issuer of tokens (JSON Web Tokens), by PyJWT: a library of others judges what Kurir takes."""

import json
import subprocess
import time

ISSUER = "https://login.test/"
AUDIENCE = "kurir"

# Reads an order from its standard input. The system's Python has Debian's PyJWT.
PROGRAM = r"""
import json, sys
import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

MAKERS = {
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}

def public(key, kind, name):
    if kind == "ES256":
        numbers = key.public_key().public_numbers()
        made = {"kty": "EC", "crv": "P-256"}
        made |= {at: jwt.utils.base64url_encode(getattr(numbers, at).to_bytes(32, "big")).decode()
                 for at in ("x", "y")}
    else:
        algorithm = jwt.algorithms.get_default_algorithms()[kind]
        made = json.loads(algorithm.to_jwk(key.public_key()))
        made.pop("key_ops", None)
    return made | {"kid": name, "use": "sig", "alg": kind}

order = json.load(sys.stdin)
if "kind" in order:
    key = MAKERS[order["kind"]]()
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()
    json.dump({"pem": pem, "public": public(key, order["kind"], order["name"])}, sys.stdout)
else:
    json.dump(
        jwt.encode(order["claims"], order["pem"], order["algorithm"], order["header"]), sys.stdout
    )
"""


def _ask(order: dict):
    done = subprocess.run(
        ["/usr/bin/python3", "-B", "-c", PROGRAM],
        input=json.dumps(order),
        text=True,
        capture_output=True,
        check=True,
        timeout=60,
    )
    return json.loads(done.stdout)


class SigningKey:
    """One key of an issuer: of the kind RS256, ES256 or EdDSA."""

    def __init__(self, name: str, kind: str = "ES256") -> None:
        self.name = name
        self.kind = kind
        made = _ask({"kind": kind, "name": name})
        self._pem = made["pem"]
        self.public: dict = made["public"]

    def token(self, user: str = "ann", key_id: str | None = None, **claims: object) -> str:
        """A good token of this user; `claims` are others than usual, and None leaves one out."""
        now = int(time.time())
        usual = {"iss": ISSUER, "aud": AUDIENCE, "sub": user, "iat": now, "exp": now + 600}
        order = {
            "claims": {name: value for name, value in (usual | claims).items() if value},
            "pem": self._pem,
            "algorithm": self.kind,
            "header": {"kid": key_id or self.name},
        }
        return _ask(order)


def key_set(*keys: SigningKey) -> dict:
    """What the issuer publishes."""
    return {"keys": [each.public for each in keys]}
