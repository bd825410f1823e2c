# SPDX-License-Identifier: BSD-3-Clause
# Copyright the dcvctl authors
"""The points of a flow: the system calls at which it is cut off, traced once.

What counts as a point, and as the repeat of one, stands in README.md."""
import dataclasses
import re

from report import Failure

# Calls that touch nothing outside of the process; a fault of memory is for the shim. poll,
# recvfrom and wait4: how often it waits is not the program's to say.
INNER = set("""brk mmap munmap mprotect madvise mremap getpid getppid gettid geteuid getuid getgid
    getegid rt_sigaction rt_sigprocmask rt_sigreturn clock_gettime getrandom sched_getaffinity
    prlimit64 getrlimit prctl uname futex set_robust_list rseq restart_syscall times sigaltstack
    sched_yield arch_prctl set_tid_address membarrier gettimeofday umask nanosleep
    clock_nanosleep sysinfo exit epoll_create1 lseek getcwd poll recvfrom wait4""".split())
# Calls that leave the world another one than before, if they succeed.
EFFECTS = set("""write pwrite64 writev copy_file_range sendfile ftruncate fallocate fsync fdatasync
    sync_file_range rename renameat renameat2 unlink unlinkat link linkat symlink symlinkat mkdir
    mkdirat rmdir fchmod fchmodat chmod fchown chown fchownat fsetxattr setxattr fremovexattr
    utimensat sendto sendmsg sendmmsg connect clone clone3 vfork fork execve kill exit_group
    """.split())
CALL = re.compile(r"(?:(\d+) +)?(\w+)\((.*)")
PATH = re.compile(r'<([^<>]*)>|"((?:[^"\\]|\\.)*)"')


@dataclasses.dataclass(frozen=True)
class Point:
    """Before the `index`-th call of this name. state: how many calls had an effect before."""
    call: str
    index: int
    object: str
    state: int
    effect: bool

    def __str__(self):
        return f"{self.call} {self.index} {self.object}"


def of_object(site, call, args):
    """What the call is about: the paths of its file descriptors and arguments."""
    found = PATH.findall(args.split(" = ")[0] if call in ("close", "fsync") else args)
    inner, texts = [path for path, _ in found], [text for _, text in found if text]
    named = call not in ("read", "pread64", "write", "pwrite64", "sendto", "recvfrom", "recvmsg",
                         "execve", "fsetxattr", "fgetxattr", "flistxattr", "wait4")
    parts = inner[:1] + (texts if named else [])
    if call == "copy_file_range":
        parts = inner[:2]
    text = " ".join(part for part in parts if part)
    text = text.replace(f"{site.where}/", "").replace(str(site.where), ".")
    text = re.sub(r"dcvctl-[0-9a-f]{8}", "dcvctl-ID", text)
    if call == "write" and re.match(r"[12]<pipe:", args):
        return "output"
    return re.sub(r"(pipe|socket|UDP|TCP|anon_inode|eventfd):?.*", r"\1", text) or "-"


def had_effect(call, line):
    if re.search(r"= -1 |= \? ", line):
        return False
    return call in EFFECTS or (call == "openat" and ("O_CREAT" in line or "O_TRUNC" in line))


def trace(site, argv=None):
    """Runs the command of a site under strace; (call, index, line) of the program itself from
    the open of the configuration on. Those that it started are not followed."""
    log = site.top / "trace"
    run = site.run(["strace", "-qq", "-y", "-s", "80", "-o", str(log),
                    *(argv or site.words)])
    if run.returncode not in (0, 1):
        raise Failure(f"undisturbed: exit status {run.returncode}\n{run.stdout}{run.stderr}")
    seen, begun, result = {}, False, []
    for line in log.read_text(errors="backslashreplace").splitlines():
        found = CALL.match(line)
        if found is None:
            continue
        call = found[2]
        seen[call] = seen.get(call, 0) + 1
        begun = begun or (call == "openat" and '"dcvctl.yaml"' in line)
        if begun:
            result.append((call, seen[call], line))
    return result, run


def is_above(site, path):
    """A directory on the way to the site: how many there are is this machine's."""
    path = path.removeprefix(". ")
    return path == "." or (path.startswith("/") and site.where.is_relative_to(path))


def points(site, log):
    """The points of a trace: of calls of one name on one object in one state, the first."""
    state, result, known = 0, [], set()
    for call, index, line in log:
        effect = had_effect(call, line)
        point = Point(call, index, of_object(site, call, line.partition("(")[2]), state, effect)
        if (call not in INNER and not is_above(site, point.object) and
                (call, point.object, state) not in known):
            known.add((call, point.object, state))
            result.append(point)
        state += effect
    return result
