# SPDX-License-Identifier: Apache-2.0
# weft in gdb: info goroutines, goroutine N CMD, goroutine all CMD; printers for channels, locks,
# wait groups and contexts. It is part of every program that links weft, in .debug_gdb_scripts.
#
# The runtime's own structures are read by the offsets in weft_gdb_layout, so that no debug
# information of weft is needed. Nothing is called in the process: all works on core files too.
import gdb
import gdb.printing
import gdb.unwinder

REASONS = ("runnable", "chan receive", "chan send", "chan receive (nil chan)",
           "chan send (nil chan)", "select", "select (no cases)", "sleep", "sync.Mutex.Lock",
           "sync.WaitGroup.Wait", "sync.Cond.Wait", "semacquire", "sync.RWMutex.Lock",
           "sync.RWMutex.RLock", "syscall", "waiting for run")
DEAD, RUNNABLE, RUNNING, WAITING, BLOCKING = range(5)
LAYOUT = ("version", "size", "sp", "id", "parent", "status", "why", "name", "creator", "on_cpu",
          "low", "high", "commit_arg", "slab_base", "slab_stride", "slab_claimed", "slab_cold",
          "known", "known_count", "scheduler")


def word(address, size=8):
    data = gdb.selected_inferior().read_memory(address, size)
    return int.from_bytes(bytes(data), "little")


def layout():
    symbol = gdb.lookup_static_symbol("weft_gdb_layout") or gdb.lookup_global_symbol("weft_gdb_layout")
    if symbol is not None:
        at = int(symbol.value().address)
    else:
        at = int(gdb.parse_and_eval("(unsigned long)&weft_gdb_layout"))
    found = {name: word(at + 8 * i) for i, name in enumerate(LAYOUT)}
    if found["version"] != 2:
        raise gdb.GdbError("weft: the program has another version of weft than this script")
    return found


def select_level(level):
    """As "frame LEVEL", without a word."""
    frame = gdb.newest_frame()
    for _ in range(level):
        frame = frame.older()
    frame.select()


class Goroutine:
    def __init__(self, block, offsets):
        self.block = block
        self.id = word(block + offsets["id"])
        self.parent = word(block + offsets["parent"])
        self.sp = word(block + offsets["sp"])
        self.low = word(block + offsets["low"])
        self.high = word(block + offsets["high"])
        self.status = word(block + offsets["status"], 1)
        self.why = word(block + offsets["why"], 1)
        self.creator = word(block + offsets["creator"])
        self.on_cpu = word(block + offsets["on_cpu"], 1) != 0
        name = word(block + offsets["name"])
        self.name = gdb.Value(name).cast(gdb.lookup_type("char").pointer()).string() if name else ""
        self.commit_arg = word(block + offsets["commit_arg"])

    def thread(self):
        """The thread whose stack pointer is on this goroutine's stack."""
        found = None
        selected = gdb.selected_thread()
        level = gdb.selected_frame().level()
        for thread in gdb.selected_inferior().threads():
            thread.switch()
            sp = int(gdb.newest_frame().read_register("sp")) & (2**64 - 1)
            if self.low <= sp < self.high:
                found = thread
        selected.switch()
        select_level(level)
        return found

    def state(self):
        if self.on_cpu:
            return "syscall" if self.status == BLOCKING else "running"
        if self.status == WAITING:
            return REASONS[self.why] if self.why < len(REASONS) else "?"
        return "runnable"

    def header(self):
        name = ", name: " + self.name if self.name else ""
        return "goroutine %d [%s%s]" % (self.id, self.state(), name)


def lacks(start, end, what):
    return ("weft: %s, at 0x%x to 0x%x, is not in the core file. gdb's own generate-core-file (gcore) "
            "leaves out a mapping at its first guard page: take the kernel's core file, or start the "
            "program with WEFT_DEBUG=mprotect" % (what, start, end))


def goroutines():
    return survey()[0]


def survey():
    """The goroutines, and sentences on those whose memory is missing."""
    offsets = layout()
    scheduler = word(offsets["scheduler"])
    if scheduler == 0:
        return [], ["weft: no goroutine has been started yet"]
    found = []
    missing = []
    at = scheduler
    try:
        known = word(scheduler + offsets["known"])
        for i in range(word(scheduler + offsets["known_count"])):
            at = known + 8 * i
            at = word(at)
            add_slab(at, offsets, found, missing)
    except gdb.MemoryError:
        raise gdb.GdbError(lacks(at, at + 8, "what the runtime knows of its goroutines")) from None
    return sorted(found, key=lambda g: g.id), missing


def add_slab(slab, offsets, found, missing):
    base = word(slab + offsets["slab_base"])
    stride = word(slab + offsets["slab_stride"])
    claimed = word(slab + offsets["slab_claimed"], 4)
    made = 0
    for slot in range(claimed):
        block = base + (slot + 1) * stride - offsets["size"]
        try:
            # A core file that gdb has written has zeros where it could not read.
            if word(block + offsets["high"]) == 0:
                continue
            made += 1
            if word(block + offsets["status"], 1) != DEAD:
                found.append(Goroutine(block, offsets))
        except gdb.MemoryError:
            pass
    # Stacks that were given back to the system are zeros, too.
    if made == 0 and claimed > word(slab + offsets["slab_cold"], 4):
        missing.append(lacks(base, base + claimed * stride, "memory of goroutines and their stacks"))


def is_arm():
    return "aarch64" in gdb.selected_inferior().architecture().name()


def saved_registers(sp):
    """What weft_switch_stack left on the stack of one that is parked."""
    if is_arm():
        names = ["x%d" % n for n in range(19, 31)]
        saved = {name: word(sp + 8 * i) for i, name in enumerate(names)}
        saved["pc"] = saved["x30"]
        saved["sp"] = sp + 160
    else:
        names = ["r15", "r14", "r13", "r12", "rbx", "rbp", "rip"]
        saved = {name: word(sp + 8 * i) for i, name in enumerate(names)}
        saved["rsp"] = sp + 56
    return saved


class FrameId:
    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


class ParkedUnwinder(gdb.unwinder.Unwinder):
    """While `sp` is set, the frames of a parked goroutine follow the selected thread's innermost."""

    def __init__(self):
        super().__init__("weft parked goroutine")
        self.sp = None
        self.top = None

    def __call__(self, pending):
        if self.sp is None:
            return None
        pc = int(pending.read_register("pc")) & (2**64 - 1)
        sp = int(pending.read_register("sp")) & (2**64 - 1)
        if (sp, pc) != self.top:
            return None
        # Below the goroutine's frames, so that they do not seem to lie inside of this one.
        info = pending.create_unwind_info(FrameId(gdb.Value(self.sp - 16), gdb.Value(pc)))
        for name, value in saved_registers(self.sp).items():
            kind = pending.read_register(name).type
            info.add_saved_register(name, gdb.Value(value).cast(gdb.lookup_type("unsigned long"))
                                    .cast(kind) if kind.code != gdb.TYPE_CODE_PTR
                                    else gdb.Value(value).cast(kind))
        return info


UNWINDER = ParkedUnwinder()


def run_parked(goroutine, command):
    level = gdb.selected_frame().level()
    gdb.newest_frame().select()
    frame = gdb.newest_frame()
    UNWINDER.top = (int(frame.read_register("sp")) & (2**64 - 1),
                    int(frame.read_register("pc")) & (2**64 - 1))
    UNWINDER.sp = goroutine.sp
    gdb.invalidate_cached_frames()
    try:
        gdb.newest_frame().older().select()
        text = gdb.execute(command, to_string=True)
    finally:
        UNWINDER.sp = None
        gdb.invalidate_cached_frames()
        select_level(level)
    return text


def without_thread_frame(text):
    """A backtrace without the frame of the thread that lends its place."""
    lines = text.splitlines()
    for i, line in enumerate(lines):
        if line.startswith("#1 "):
            return "\n".join(lines[i:])
    return text.rstrip()


def run_for(goroutine, command):
    print(goroutine.header())
    first = command.split()[0] if command else ""
    if not goroutine.on_cpu:
        text = run_parked(goroutine, command)
        if first in ("bt", "backtrace", "where"):
            text = without_thread_frame(text)
        print(text.rstrip())
        return
    thread = goroutine.thread()
    if thread is None:
        print("runs, on a thread that is not known")
        return
    before = gdb.selected_thread()
    level = gdb.selected_frame().level()
    thread.switch()
    print(gdb.execute(command, to_string=True).rstrip())
    before.switch()
    select_level(level)


class InfoGoroutines(gdb.Command):
    """List all goroutines: number, state, name, and the function that each is in."""

    def __init__(self):
        super().__init__("info goroutines", gdb.COMMAND_STACK)

    def invoke(self, _argument, _from_tty):
        found, missing = survey()
        for g in found:
            print("%s %s" % ("*" if g.on_cpu else " ", g.header()))
        for sentence in missing:
            print(sentence)


class GoroutineCommand(gdb.Command):
    """goroutine N COMMAND, goroutine all COMMAND: run a command, as bt, on a goroutine's stack.

    goroutine 7 bt
    goroutine 7 info locals
    goroutine all bt"""

    def __init__(self):
        super().__init__("goroutine", gdb.COMMAND_STACK)

    def invoke(self, argument, _from_tty):
        which, _, command = argument.strip().partition(" ")
        if not which:
            raise gdb.GdbError("goroutine N COMMAND, or goroutine all COMMAND")
        command = command.strip() or "bt"
        found, missing = survey()
        if which == "all":
            for g in found:
                run_for(g, command)
                print("")
            for sentence in missing:
                print(sentence)
            return
        if not which.isdigit():
            raise gdb.GdbError("goroutine: '%s' is neither a number nor all" % which)
        for g in found:
            if g.id == int(which):
                run_for(g, command)
                return
        raise gdb.GdbError("\n".join(["there is no goroutine %s" % which] + missing))


def plain(value):
    """What an atomic holds."""
    kind = value.type.strip_typedefs()
    if kind.code != gdb.TYPE_CODE_STRUCT:
        return value
    for field in ("_M_i", "_M_b", "_M_p", "_M_base", "value_"):
        try:
            return plain(value[field])
        except gdb.error:
            continue
    return value


def count_waiters(queue):
    n = 0
    at = plain(queue["head_"])
    while int(at) != 0 and n < 1000000:
        n += 1
        at = at.dereference()["next"]
    return n


def waiting(n, what):
    return "" if n == 0 else ", %d waiting%s" % (n, what)


class ChanPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        core = self.value["core_"]
        if int(core) == 0:
            return "nil chan"
        c = core.dereference()
        text = "chan %s: %d of %d" % (hex(int(core)), int(plain(c["count_"])), int(c["capacity_"]))
        if bool(plain(c["closed_"])):
            text += ", closed"
        text += waiting(count_waiters(c["receivers_"]), " to receive")
        text += waiting(count_waiters(c["senders_"]), " to send")
        return text + ", %d handles" % int(plain(c["refs_"]))


def holder_of(core):
    page = int(plain(core["holder_"]["word_"])["page"])
    try:
        for g in goroutines():
            first = (g.low >> 12) & 0xffffffff
            if (page - first) & 0xffffffff <= (g.high >> 12) - (g.low >> 12):
                return "by goroutine %d" % g.id
    except (gdb.error, gdb.GdbError):
        pass
    return "by a thread"


def mutex_text(core):
    state = int(plain(core["state_"]))
    text = "locked " + holder_of(core) if state & 1 else "unlocked"
    if state & 4:
        text += ", starving"
    return text + waiting(count_waiters(core["waiters_"]["sleepers_"]), "")


class MutexPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        return "mutex: " + mutex_text(self.value["core_"])


def count_readers(v):
    """Ins less outs, of the common pair and of those of the processors."""
    pairs = [v["together_"]]
    slots = plain(v["slots_"])
    if slots:
        kind = gdb.lookup_type(str(v.type.unqualified().strip_typedefs()) + "::slot").pointer()
        first = (slots + 1).reinterpret_cast(kind)
        pairs += [first[i] for i in range(int(slots["n"]))]
    total = sum(int(plain(p["in"])) - int(plain(p["out"])) for p in pairs) % 2**32
    return total if total < 2**31 else 0


class SharedMutexPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        v = self.value
        state = ("free of writers", "a writer waits for readers", "writing")
        text = "shared_mutex: " + state[int(plain(v["writer_"]))]
        readers = count_readers(v["readers_"])
        if readers:
            text += ", %d reader%s" % (readers, "" if readers == 1 else "s")
        return text + waiting(count_waiters(v["waiting_readers_"]), " to read")


class WaitGroupPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        state = int(plain(self.value["state_"]))
        return "wait_group: %d to go" % (state >> 32) + waiting(state & 0xffffffff, "")


class ContextPrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        node = self.value["node_"]["node_"]
        if int(node) == 0:
            return "nil context"
        n = node.dereference()
        kinds = ("background", "with cancel", "with deadline", "with value", "without cancel")
        text = "context %s: %s" % (hex(int(node)), kinds[int(n["kind_"])])
        canceler = n["canceler_"]
        if int(canceler) == 0:
            return text + ", never ends"
        return text + (", has ended" if int(plain(canceler.dereference()["error_"])) else ", live")


def printers():
    found = gdb.printing.RegexpCollectionPrettyPrinter("weft")
    world = "^weft::in_(run|race)::"
    found.add_printer("chan", world + "(chan|sender|receiver)<.*>$", ChanPrinter)
    found.add_printer("mutex", world + "mutex$", MutexPrinter)
    found.add_printer("shared_mutex", world + "shared_mutex$", SharedMutexPrinter)
    found.add_printer("wait_group", world + "wait_group$", WaitGroupPrinter)
    found.add_printer("context", world + "context$", ContextPrinter)
    return found


InfoGoroutines()
GoroutineCommand()
gdb.unwinder.register_unwinder(None, UNWINDER, replace=True)
gdb.printing.register_pretty_printer(None, printers(), replace=True)
