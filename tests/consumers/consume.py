import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet, InvalidToken

VECTORS = json.loads(Path("fixtures/vectors/fernet.json").read_text("utf-8"))["vectors"]


def unseal(token, password):  # put yours here
    return json.loads(Fernet(password).decrypt(token.encode()))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["id"])
def test_unseal(vector):
    if vector["verdict"] == "opens":
        assert unseal(vector["token"], vector["password"]) == vector["payload"]
    else:
        with pytest.raises((InvalidToken, ValueError)):
            unseal(vector["token"], vector["password"])
