#!/usr/bin/env python3
"""Wallets against eth-account: key files, words, messages, typed data and transactions, both directions.

    wallets.py PSIC-NODE [--seed N] [--rounds N]      (wallets.sh makes the environment that it needs)

Prints a line for each check and `wallets: N passed, N failed, N skipped`; the exit code is 1 if any failed.
"""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

CHECKS = []
PASSPHRASE = "correct horse bättery 馬"


def check(what):
    def register(function):
        CHECKS.append((what, function))
        return function
    return register


class Wallet:
    """psic-node wallet, in a home of its own."""

    def __init__(self, node, directory):
        self.node = node
        self.directory = pathlib.Path(directory)
        self.homes = 0

    def home(self):
        self.homes += 1
        return str(self.directory / f"home-{self.homes}")

    def run(self, home, *arguments, text=None, code=0, passphrase=PASSPHRASE):
        environment = {key: value for key, value in os.environ.items() if not key.startswith("PSIC_")}
        environment["PSIC_PASSPHRASE"] = passphrase
        # What begins with a dash stands behind "--", after all options.
        split = arguments.index("--") if "--" in arguments else len(arguments)
        plain, rest = arguments[:split], arguments[split:]
        done = subprocess.run(
            [self.node, "wallet", *plain, "--home", home, *rest], input=text or "", capture_output=True,
            text=True, env=environment, timeout=120, check=False)
        if done.returncode != code:
            raise AssertionError(f"wallet {' '.join(arguments)}: exit code {done.returncode}: {done.stderr}")
        return done.stdout

    def json(self, home, *arguments, **options):
        split = arguments.index("--") if "--" in arguments else len(arguments)
        arguments = (*arguments[:split], "--format", "json", *arguments[split:])
        return json.loads(self.run(home, *arguments, **options))

    def file(self, text):
        path = self.directory / f"file-{random.getrandbits(64)}"
        path.write_text(text if isinstance(text, str) else json.dumps(text))
        return str(path)

    def imported(self, key):
        home = self.home()
        self.run(home, "import", "--key", "-", "--light", text=key.hex())
        return home


@check("a key file made by psic opens in eth-account, and holds the key that psic exports")
def our_files(wallet, eth, chance):
    for flags in ([], ["--light"]):
        home = wallet.home()
        account = wallet.json(home, "new", *flags)["accounts"][0]
        document = json.loads(pathlib.Path(account["file"]).read_text())
        key = eth.decrypt(document, PASSPHRASE)
        assert eth.from_key(key).address == account["address"]
        assert wallet.json(home, "export", "--private-key")["privateKey"] == "0x" + bytes(key).hex()
        assert json.loads(wallet.run(home, "export")) == document
        assert os.stat(account["file"]).st_mode & 0o777 == 0o600
        try:
            eth.decrypt(document, "wrong")
            raise AssertionError("a wrong passphrase opened the file")
        except ValueError:
            pass


@check("a key file made by eth-account opens in psic, with scrypt and with PBKDF2")
def their_files(wallet, eth, chance):
    for kdf, iterations in (("scrypt", 4096), ("scrypt", 262144), ("pbkdf2", 10000), ("pbkdf2", 1000000)):
        account = eth.from_key(chance.randbytes(32))
        document = wallet.file(eth.encrypt(account.key, PASSPHRASE, kdf=kdf, iterations=iterations))
        home = wallet.home()
        imported = wallet.json(home, "import", "--keystore", document, "--light")["accounts"][0]
        assert imported["address"] == account.address, (kdf, imported)
        wallet.run(wallet.home(), "import", "--keystore", document, passphrase="wrong", code=3)


@check("words made by psic give eth-account the same accounts")
def our_words(wallet, eth, chance):
    for count in (12, 15, 18, 21, 24):
        made = wallet.json(wallet.home(), "new", "--words", str(count), "--count", "2", "--light")
        assert len(made["words"].split()) == count
        for account in made["accounts"]:
            theirs = eth.from_mnemonic(made["words"], account_path=account["path"])
            assert theirs.address == account["address"], made


@check("words made by eth-account give psic the same accounts, with passphrases of any writing")
def their_words(wallet, eth, chance):
    paths = ["m/44'/60'/0'/0/7", "m/44'/60'/3'/0/0", "m/0/1/2147483647'", "m/44'/60'/0'"]
    for passphrase, path in zip(["", "TREZOR", "ﬁ①が각für", "密码"], paths):
        _, words = eth.create_with_mnemonic(num_words=12)
        theirs = eth.from_mnemonic(words, passphrase=passphrase, account_path=path)
        made = wallet.json(
            wallet.home(), "import", "--words", "-", "--words-passphrase", wallet.file(passphrase + "\n"),
            "--path", path, "--light", text=words)
        assert made["accounts"][0]["address"] == theirs.address, (words, passphrase, path)


@check("messages have the same signatures, and each side finds the other's signer")
def messages(wallet, eth, chance):
    from eth_account.messages import encode_defunct
    account = eth.from_key(chance.randbytes(32))
    home = wallet.imported(account.key)
    for text in ["", "hello", "Übergröße 😀", "0x1234", "x" * 300]:
        ours = wallet.json(home, "sign", "message", "--", text)
        theirs = account.sign_message(encode_defunct(text=text))
        assert ours["signature"] == "0x" + bytes(theirs.signature).hex(), text
        assert eth.recover_message(encode_defunct(text=text), signature=ours["signature"]) == account.address
    data = chance.randbytes(77)
    ours = wallet.json(home, "sign", "message", "--hex", "0x" + data.hex())
    theirs = account.sign_message(encode_defunct(primitive=data))
    assert ours["signature"] == "0x" + bytes(theirs.signature).hex()


def random_typed_data(chance):
    """Types that refer to each other, arrays of all kinds, numbers of all sizes."""
    def atom(depth):
        kind = chance.choice(["uint", "int", "bytesN", "bytes", "string", "address", "bool"])
        if kind == "uint":
            bits = 8 * chance.randint(1, 32)
            return f"uint{bits}", lambda: chance.getrandbits(bits)
        if kind == "int":
            bits = 8 * chance.randint(1, 32)
            return f"int{bits}", lambda: chance.getrandbits(bits - 1) * chance.choice([1, -1])
        if kind == "bytesN":
            count = chance.randint(1, 32)
            return f"bytes{count}", lambda: "0x" + chance.randbytes(count).hex()
        if kind == "bytes":
            return "bytes", lambda: "0x" + chance.randbytes(chance.randint(0, 70)).hex()
        if kind == "string":
            return "string", lambda: "".join(chance.choice("abc €😀\n\"\\") for _ in range(chance.randint(0, 9)))
        if kind == "address":
            return "address", lambda: "0x" + chance.randbytes(20).hex()
        return "bool", lambda: chance.random() < 0.5

    types, makers = {}, {}
    names = ["Alpha", "Beta", "Gamma"][: chance.randint(1, 3)]
    for index, name in reversed(list(enumerate(names))):
        members = []
        for number in range(chance.randint(1, 5)):
            later = names[index + 1:]
            if later and chance.random() < 0.5:
                other = chance.choice(later)
                type_name, make = other, makers[other]
            else:
                type_name, make = atom(0)
            for _ in range(chance.choice([0, 0, 1, 2])):
                if chance.random() < 0.5:
                    count = chance.randint(1, 3)
                    type_name += f"[{count}]"
                    make = (lambda inner, count: lambda: [inner() for _ in range(count)])(make, count)
                else:
                    type_name += "[]"
                    make = (lambda inner: lambda: [inner() for _ in range(chance.randint(0, 3))])(make)
            members.append((f"m{number}", type_name, make))
        types[name] = [{"name": name, "type": kind} for name, kind, _ in members]
        makers[name] = (lambda members: lambda: {name: make() for name, _, make in members})(members)
    # eth-account takes the type that nothing refers to as the message's, so there may be only one.
    reached, open_names = {names[0]}, [names[0]]
    while open_names:
        for member in types[open_names.pop()]:
            other = member["type"].split("[")[0]
            if other in types and other not in reached:
                reached.add(other)
                open_names.append(other)
    types = {name: types[name] for name in types if name in reached}
    fields = [("name", "string", "Ünit"), ("version", "string", "1"), ("chainId", "uint256", chance.getrandbits(63)),
              ("verifyingContract", "address", "0x" + chance.randbytes(20).hex()),
              ("salt", "bytes32", "0x" + chance.randbytes(32).hex())]
    chosen = [field for field in fields if chance.random() < 0.7] or fields[:1]
    types["EIP712Domain"] = [{"name": name, "type": kind} for name, kind, _ in chosen]
    return {"types": types, "primaryType": names[0], "domain": {name: value for name, _, value in chosen},
            "message": makers[names[0]]()}


@check("typed data have the same signatures")
def typed_data(wallet, eth, chance):
    account = eth.from_key(chance.randbytes(32))
    home = wallet.imported(account.key)
    for _ in range(wallet.rounds):
        document = random_typed_data(chance)
        theirs = account.sign_typed_data(full_message=document)
        ours = wallet.json(home, "sign", "typed-data", wallet.file(document))
        assert ours["signature"] == "0x" + bytes(theirs.signature).hex(), json.dumps(document)


@check("transactions of every kind have the same bytes")
def transactions(wallet, eth, chance):
    account = eth.from_key(chance.randbytes(32))
    home = wallet.imported(account.key)
    for number in range(wallet.rounds):
        kind = number % 4
        transaction = {
            "nonce": chance.getrandbits(chance.choice([1, 8, 40])), "gas": chance.getrandbits(30) + 21000,
            "value": chance.getrandbits(chance.choice([1, 64, 200])),
            "data": "0x" + chance.randbytes(chance.choice([0, 1, 55, 56, 500])).hex(),
            "chainId": chance.choice([1, 1337, 2**40 + 7]),
        }
        if chance.random() < 0.9 or kind == 3:
            transaction["to"] = eth.from_key(chance.randbytes(32)).address
        if kind > 0:
            transaction["type"] = kind
            transaction["accessList"] = [
                {"address": eth.from_key(chance.randbytes(32)).address,
                 "storageKeys": ["0x" + chance.randbytes(32).hex() for _ in range(chance.randint(0, 2))]}
                for _ in range(chance.randint(0, 2))]
        if kind < 2:
            transaction["gasPrice"] = chance.getrandbits(40)
        else:
            transaction["maxPriorityFeePerGas"] = chance.getrandbits(30)
            transaction["maxFeePerGas"] = transaction["maxPriorityFeePerGas"] + chance.getrandbits(30)
        if kind == 3:
            transaction["maxFeePerBlobGas"] = chance.getrandbits(30)
            transaction["blobVersionedHashes"] = ["0x01" + chance.randbytes(31).hex()]
        theirs = account.sign_transaction(transaction)
        ours = wallet.json(home, "sign", "transaction", wallet.file(transaction))
        assert ours["raw"] == "0x" + bytes(theirs.raw_transaction).hex(), json.dumps(transaction)
        assert ours["hash"] == "0x" + bytes(theirs.hash).hex()
        assert eth.recover_transaction(ours["raw"]) == account.address


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("node", help="the program psic-node")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    parser.add_argument("--rounds", type=int, default=12, help="random typed data and transactions")
    options = parser.parse_args()
    from eth_account import Account
    Account.enable_unaudited_hdwallet_features()
    print(f"seed {options.seed}")
    passed = failed = 0
    for what, function in CHECKS:
        with tempfile.TemporaryDirectory(prefix="psic-wallets-") as directory:
            wallet = Wallet(os.path.abspath(options.node), directory)
            wallet.rounds = options.rounds
            try:
                function(wallet, Account, random.Random(options.seed))
                passed += 1
                print(f"ok    {what}", flush=True)
            except Exception as error:  # what went wrong in a check is that check's failure
                failed += 1
                print(f"FAIL  {what}: {type(error).__name__}: {error}", flush=True)
    print(f"wallets: {passed} passed, {failed} failed, 0 skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
