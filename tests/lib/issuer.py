# SPDX-License-Identifier: Apache-2.0
"""Who may give a station commands: an Ed25519 key by openssl, and envelopes signed by hand. Nothing of ours signs or
checks here."""
import base64
import datetime
import json
import os
import subprocess

import tap

PUBLIC_HEAD = bytes.fromhex("302a300506032b6570032100")  # RFC 8410: what stands before a public key


class Issuer:
    """NAME with a key of its own in FOLDER; `public` is its line for a station's command-keys."""

    def __init__(self, folder, name="hq"):
        self.folder, self.name, self.seq = folder, name, 0
        self.key = os.path.join(folder, f"{name}.pem")
        self._openssl("genpkey", "-algorithm", "ed25519", "-out", self.key)
        os.chmod(self.key, 0o600)
        self._openssl("pkey", "-in", self.key, "-pubout", "-out", self.key + ".pub")
        public = self._openssl("pkey", "-in", self.key, "-pubout", "-outform", "DER")
        tap.equal(public[:12], PUBLIC_HEAD, "what openssl writes before a key")
        self.public = f"{name} {base64.b64encode(public[12:]).decode()}\n"

    def _openssl(self, *arguments, check=True):
        done = subprocess.run(["openssl", *arguments], check=check, capture_output=True)
        return done.stdout if check else done.returncode

    def _keep(self, name, data):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def sign(self, topic, payload):
        path = self._keep("signed", topic.encode() + b"\n" + payload)
        return base64.b64encode(self._openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.key, "-in", path)).decode()

    def has_signed(self, topic, payload, signature):
        path = self._keep("checked", topic.encode() + b"\n" + payload)
        try:
            proof = self._keep("checked.sig", base64.b64decode(signature, validate=True))
        except ValueError:
            return False
        return self._openssl("pkeyutl", "-verify", "-rawin", "-pubin", "-inkey", self.key + ".pub", "-in", path,
                             "-sigfile", proof, check=False) == 0

    def make(self, verb, args, age=0, valid=60, **more):
        """The payload of a command, as bytes; its id is `NAME-SEQ`."""
        self.seq += 1
        issued = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=age)
        expires = issued + datetime.timedelta(seconds=valid)
        return json.dumps({"id": f"{self.name}-{self.seq}", "seq": self.seq, "issued": issued.isoformat(timespec="milliseconds"),
                           "expires": expires.isoformat(timespec="milliseconds"), "issuer": self.name, "verb": verb,
                           "args": args, **more}, ensure_ascii=False).encode()
