# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""check.py DCVCTL [ROUNDS]: many names asked at many servers, whole processes in turn.

S7 against dnsperf with the same questions at one NSD with four addresses; against distance, for
which a server stands that answers 20 ms later (delay.c); against one question at a time there.
S8: a change of 50 names until it is at every server, against the waits that lego and certbot keep
by default (60 s between two names; 60 s before the CA is told). A look is two rounds, each asking every name once at every address; a round trip too
many is one of a round. Every run's result is checked: each answer there, none asked twice. Memory also of a look from the
root down with its examination (exam.py)."""
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

import measure

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import servers  # pylint: disable=wrong-import-position

ROUNDS = 5
DELAY_S = 0.020
APEX, TOKEN = "bench.test", "token"
ADDRESSES = ["127.0.1.1", "127.0.1.2", "127.0.1.3", "127.0.1.4"]
ROUNDS_OF_A_LOOK = 2
# lego's RFC 2136 provider waits 60 s between names; certbot's 60 s before it looks at all.
LEGO_S, CERTBOT_S = 60 * 49, 60


class Nsd4(servers.Nsd):
    """At four addresses, one process that answers."""

    def configure(self):
        super().configure()
        only = f"    ip-address: 127.0.0.1@{self.port}\n"
        text = self.conf.read_text().replace(only, only + "".join(
            f"    ip-address: {address}@{self.port}\n" for address in ADDRESSES))
        self.conf.write_text(text)

    def questions(self):
        """How many came since the last time."""
        return int(re.search(r"^num\.queries=(\d+)$", self.tell("stats"), re.MULTILINE)[1])


class Delay:
    """delay.c with so much of delay, at the four addresses."""

    def __init__(self, seconds):
        self.port = servers.free_port()
        self.argv = ["build/release/delay", str(self.port), str(int(seconds * 1e6)), *ADDRESSES]

    def __enter__(self):
        self.process = subprocess.Popen(self.argv, stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            sys.exit("delay: does not start")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.answered = int(self.process.stdout.read())
        self.process.wait()


def zone_text(names, record):
    return (f"$ORIGIN {APEX}.\n$TTL 300\n@ SOA ns1 host 1 3600 600 604800 300\n@ NS ns1\n"
            "ns1 A 127.0.1.1\n" +
            "".join(f'_dnsauth.n{i} TXT "{TOKEN}"\n' for i in range(names if record else 0)))


def lay_down(where, names, record=True, reload="none"):
    """Zone, order and configuration; the order's file."""
    (where / f"{APEX}.zone").write_text(zone_text(names, record))
    order = where / "1234567890.yaml"
    order.write_text("ca: digicert\nrecords:\n" + "".join(
        f"  - _dnsauth.n{i}.{APEX} TXT {TOKEN}\n" for i in range(names)))
    (where / "dcvctl.yaml").write_text(
        f"ledger: sqlite:{where}/state/ledger.db\nzones:\n"
        f"  - {{zone: {APEX}, file: {where}/{APEX}.zone, reload: {reload}}}\n")
    return order


def at(port, addresses=ADDRESSES):
    return [word for address in addresses for word in ("--nameserver", f"{address}:{port}")]


class Look:
    """`dcvctl check` of so many names at the four addresses."""

    def __init__(self, dcvctl, where, names):
        self.dcvctl, self.where, self.names = dcvctl, where / str(names), names
        self.where.mkdir()
        self.order = lay_down(self.where, names)
        self.questions = self.questions_at(ADDRESSES)

    def questions_at(self, addresses):
        """Each name at each address in each round, and the zone's serial there."""
        return ROUNDS_OF_A_LOOK * len(addresses) * (self.names + 1)

    def argv(self, port, *more, addresses=ADDRESSES):
        return [self.dcvctl, "check", "--config", self.where / "dcvctl.yaml", "--until",
                "effective", *at(port, addresses), *more, self.order]

    def run(self, port, addresses=ADDRESSES):
        return measure.spent(self.argv(port, "-q", addresses=addresses))

    def verify(self, port):
        """Every answer is told, each with the value."""
        done = subprocess.run([str(word) for word in self.argv(port, "--json")], check=True,
                              capture_output=True, text=True)
        seen = [server["state"] for order in json.loads(done.stdout)["orders"]
                for record in order["records"] for server in record["servers"]]
        if seen != ["ok"] * (self.names * len(ADDRESSES)):
            sys.exit(f"{self.names} names: not all are seen: {len(seen)} of "
                     f"{self.names * len(ADDRESSES)}, {set(seen)}")


def dnsperf(port, data, questions):
    """Its rate with as many questions of the same names, four sockets and 100 in flight."""
    names = data.read_text().count("\n")
    done = subprocess.run(
        ["dnsperf", "-s", "127.0.1.1", "-p", str(port), "-d", str(data), "-c", "4", "-q", "100",
         "-T", "1", "-n", str(max(1, round(questions / names)))], check=True, capture_output=True,
        text=True)
    lost = int(re.search(r"Queries lost:\s+(\d+)", done.stdout)[1])
    return float(re.search(r"Queries per second:\s+([\d.]+)", done.stdout)[1]), lost


def against_dnsperf(dcvctl, where, names, rounds):
    """dnsperf's rate is that while it asks; ours is, too: what three addresses more take, with
    the same order, so that start, order and plan are left out. Whole processes for information."""
    look = Look(dcvctl, where, names)
    data = where / "names"
    data.write_text("".join(f"_dnsauth.n{i}.{APEX} TXT\n" for i in range(names)))
    (where / "nsd").mkdir()
    took, asking, rates, repeated, lost = [], [], [], 0, 0
    more = look.questions - look.questions_at(ADDRESSES[:1])
    with Nsd4(where / "nsd", {APEX: look.where / f"{APEX}.zone"}) as nsd:
        look.verify(nsd.port)
        for turn in range(rounds + 1):
            nsd.questions()
            spent = look.run(nsd.port)
            repeated += nsd.questions() - look.questions
            one = look.run(nsd.port, ADDRESSES[:1])
            rate, missed = dnsperf(nsd.port, data, look.questions)
            if turn > 0:
                took.append(spent)
                asking.append(more / max(spent.seconds - one.seconds, 1e-6))
                rates.append(rate)
                lost += missed
    measure.tell(f"{names} names at {len(ADDRESSES)} addresses of NSD, {look.questions} questions",
                 took)
    print(f"  dcvctl {statistics.median(asking):,.0f} questions/s while it asks, {repeated} asked "
          f"again; dnsperf {statistics.median(rates):,.0f}/s, {lost} lost", flush=True)
    good = measure.line(f"S7 rate of dcvctl while it asks / dnsperf, {names} names",
                        [a / b for a, b in zip(asking, rates)], at_least=0.7)
    measure.line("S7 the same of the whole process",
                 [look.questions / a.seconds / b for a, b in zip(took, rates)])
    return took, good & measure.line("S7 answers lost", [abs(repeated)], at_most=0)


def one_at_a_time(port, where):
    """Seconds a question of `dig -f`, with its start."""
    data = where / "few"
    data.write_text("".join(f"_dnsauth.n{i}.{APEX} TXT\n" for i in range(50)))
    begun = time.monotonic()
    done = subprocess.run(["dig", "-f", str(data), "-p", str(port), "@127.0.1.1", "+norec",
                           "+short"], check=True, capture_output=True, text=True)
    if done.stdout.count(TOKEN) != 50:
        sys.exit("dig: not all are seen")
    return (time.monotonic() - begun) / 50


def at_distance(dcvctl, where, rounds):
    few, many = Look(dcvctl, where, 50), Look(dcvctl, where, 1000)
    fews, nears, manys, single = [], [], [], []
    with Delay(DELAY_S) as far, Delay(0) as near:
        few.verify(far.port)
        many.verify(far.port)
        for _ in range(rounds):
            fews.append(few.run(far.port))
            nears.append(few.run(near.port))
            manys.append(many.run(far.port))
            single.append(one_at_a_time(far.port, where))
    repeated = far.answered - (rounds + 1) * (few.questions + many.questions) - 50 * rounds
    measure.tell("50 names at 4 servers, 20 ms", fews)
    measure.tell("50 names at 4 servers, no distance", nears)
    measure.tell("1000 names at 4 servers, 20 ms", manys)
    print(f"  dig -f: {statistics.median(single) * 1000:.1f} ms a question; "
          f"{repeated} asked again", flush=True)
    good = measure.line(
        "S7 round trips a round, 50 names at 4 servers, whole process",
        [each.seconds / ROUNDS_OF_A_LOOK / DELAY_S for each in fews], at_most=1.5)
    measure.line("S7 round trips a round that the distance adds",
                 [(a.seconds - b.seconds) / ROUNDS_OF_A_LOOK / DELAY_S
                  for a, b in zip(fews, nears)])
    good &= measure.line(
        "S7 one question at a time / dcvctl, 1000 names at 4 servers, the same questions",
        [one * many.questions / each.seconds for one, each in zip(single, manys)], at_least=200)
    measure.line("S7 the same, a look of two rounds / each asked once",
                 [one * 4000 / each.seconds for one, each in zip(single, manys)])
    return good & measure.line("S7 answers lost at a distance", [abs(repeated)], at_most=0)


def change_once(dcvctl, home):
    """What the change took, with the server's reload, and the wait behind it. Both tools wait
    when their change is made: certbot as long as it always does, dcvctl until it is so."""
    (home / "nsd").mkdir(parents=True)
    order = lay_down(home, 50, record=False)
    with Nsd4(home / "nsd", {APEX: home / f"{APEX}.zone"}) as nsd:
        config = home / "dcvctl.yaml"
        config.write_text(config.read_text().replace(
            "reload: none", f'reload: {nsd.preset}, server: "127.0.1.1:{nsd.port}"'))
        options = ["--config", config, *at(nsd.port), "-q", order]
        change = measure.spent([dcvctl, "apply", "--until", "published", *options])
        wait = measure.spent([dcvctl, "wait", "--until", "effective", *options])
        for address in ADDRESSES:
            done = subprocess.run(
                ["dig", f"@{address}", "-p", str(nsd.port), "+norec", "+short",
                 f"_dnsauth.n49.{APEX}", "TXT"], check=True, capture_output=True, text=True)
            if TOKEN not in done.stdout:
                sys.exit(f"{address} has it not")
    return change, wait


def change_to_effective(dcvctl, where, rounds):
    both = [change_once(dcvctl, where / f"change{turn}") for turn in range(rounds + 1)][1:]
    measure.tell("50 names, file and reload", [change for change, _ in both])
    measure.tell("until effective at 4 addresses of NSD", [wait for _, wait in both])
    good = measure.line("S8 dcvctl, with the change itself / what lego waits, 49 x 60 s",
                        [(change.seconds + wait.seconds) / LEGO_S for change, wait in both],
                        at_most=1 / 500)
    return good & measure.line("S8 dcvctl's wait / what certbot waits, 60 s",
                               [wait.seconds / CERTBOT_S for _, wait in both], at_most=1 / 500)


def with_examination(dcvctl, names):
    """From the root down: in namespaces of its own."""
    tests = pathlib.Path(__file__).parents[1]
    done = subprocess.run(
        ["unshare", "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
         sys.executable, tests / "bench/exam.py", dcvctl, str(names)], check=True,
        stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(
            str(tests / part) for part in ("", "lab", "bench"))})
    good = True
    for shape, spent in (line.split(" ", 1) for line in done.stdout.splitlines()):
        took = measure.Spent(*map(float, spent.split()))
        measure.tell(f"{names} names, {shape}, with the examination", [took])
        good &= measure.line(f"S7 peak memory, {names} names, {shape}, with the examination, MiB",
                             [took.mib], at_most=64)
    return good


def main():
    dcvctl = str(pathlib.Path(sys.argv[1]).resolve())
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else ROUNDS
    with measure.directory() as where:
        _, good = against_dnsperf(dcvctl, where, 1000, rounds)
    with measure.directory(quiet=True) as where:
        took, fine = against_dnsperf(dcvctl, where, 3000, rounds)
        good &= fine & measure.line("S7 peak memory, 3000 names in one run, MiB",
                                    [each.mib for each in took], at_most=64)
        good &= at_distance(dcvctl, where, rounds)
        good &= change_to_effective(dcvctl, where, rounds)
    good &= with_examination(dcvctl, 3000)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
