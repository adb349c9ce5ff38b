"""libopendkim's word on messages.

usage: opendkim.py ZONE FILE...    prints "FILE ALGORITHM pass|fail" for each signature
"""

import ctypes
import sys

OK = 0
SIGNATURE_PASSED = 4
BODY_HASH_MATCHES = 0
ALGORITHMS = {1: "rsa-sha256", 2: "ed25519-sha256"}

library = ctypes.CDLL("libopendkim.so.11")
for name, result in {
    "dkim_init": ctypes.c_void_p,
    "dkim_verify": ctypes.c_void_p,
    "dkim_sig_getselector": ctypes.c_char_p,
    "dkim_sig_getdomain": ctypes.c_char_p,
    "dkim_geterror": ctypes.c_char_p,
    "dkim_sig_geterrorstr": ctypes.c_char_p,
}.items():
    getattr(library, name).restype = result
LOOKUP = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t
)


def main(path, files):
    with open(path, encoding="ascii") as file:
        zone = dict(line.rstrip("\n").split("\t") for line in file)

    @LOOKUP
    def look_up(_message, signature, room, size):
        signature = ctypes.c_void_p(signature)
        name = library.dkim_sig_getselector(signature) + b"._domainkey."
        record = zone.get((name + library.dkim_sig_getdomain(signature)).decode(), "")
        ctypes.memmove(room, record.encode()[: size - 1] + b"\0", min(len(record), size - 1) + 1)
        return 0 if record else 3  # DKIM_CBSTAT_CONTINUE, DKIM_CBSTAT_NOTFOUND

    engine = ctypes.c_void_p(library.dkim_init(None, None))
    library.dkim_set_key_lookup(engine, look_up)
    for file in files:
        judge(engine, file)


def judge(engine, path):
    status = ctypes.c_int()
    message = ctypes.c_void_p(
        library.dkim_verify(engine, path.encode(), None, ctypes.byref(status))
    )
    with open(path, "rb") as file:
        text = file.read()
    steps = [
        library.dkim_chunk(message, text, ctypes.c_size_t(len(text))),
        library.dkim_chunk(message, None, ctypes.c_size_t(0)),
        library.dkim_eom(message, None),
    ]
    if any(step != OK for step in steps):
        print(path, steps, library.dkim_geterror(message), file=sys.stderr)
    signatures = ctypes.POINTER(ctypes.c_void_p)()
    count = ctypes.c_int()
    library.dkim_getsiglist(message, ctypes.byref(signatures), ctypes.byref(count))
    for number in range(count.value):
        signature = ctypes.c_void_p(signatures[number])
        algorithm = ctypes.c_int()
        library.dkim_sig_getsignalg(signature, ctypes.byref(algorithm))
        good = (
            library.dkim_sig_getflags(signature) & SIGNATURE_PASSED
            and library.dkim_sig_getbh(signature) == BODY_HASH_MATCHES
        )
        print(path, ALGORITHMS.get(algorithm.value, algorithm.value), end="\t", sep="\t")
        print("pass" if good else "fail")
    library.dkim_free(message)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
