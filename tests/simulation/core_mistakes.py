"""Mistakes planted in the phone's own core, in the bundle that runs: a line of it is put in place of another."""

CORE_MISTAKES: dict[str, tuple[str, str]] = {
    "dequeue before send": (
        "const body = await bodyOf(core, identity, attempt_id, batch, queued);",
        "const body = await bodyOf(core, identity, attempt_id, batch, queued);"
        'await core.outbox.write(["ops"], (tx) =>'
        ' Promise.all(batch.map((op) => tx.objectStore("ops").delete(op.op_id))));',
    ),
    "checkpoint before the answer": (
        "const body = await bodyOf(core, identity, attempt_id, batch, queued);",
        "const body = await bodyOf(core, identity, attempt_id, batch, queued);"
        'await core.outbox.write(["receipts", "meta"], async (tx) => {'
        ' const epoch = (await tx.objectStore("meta").get("epoch")) ?? "";'
        ' for (const { op_id } of batch) await tx.objectStore("receipts").put('
        '{ epoch, op_id, state: "received", code: null, server_seq: 1, at: "" }); });',
    ),
    "no epoch check after restore": (
        'tx.objectStore("receipts").getAllKeys(within2(epoch))',
        'tx.objectStore("receipts").getAllKeys()',
    ),
    "an epoch that came back is trusted": (
        'await tx.objectStore("receipts").delete(within2(epoch));',
        "",
    ),
    "401 wipes the phone": (
        'const isLost = first.problem === "unknown_device";',
        'const isLost = first.problem === "unknown_device";'
        'if (isLost) await core.outbox.write(["ops", "drafts"], async (tx) => {'
        ' await tx.objectStore("ops").clear(); await tx.objectStore("drafts").clear(); });',
    ),
    "kept is said before it is on the disk": (
        "const batch = [...queue.pending];",
        "const batch = [...queue.pending]; for (const pending of batch) pending.done();",
    ),
    "a clock set back silences the phone": (
        "const heard = silent_ms >= 0 && silent_ms < HELLO_MS;",
        "const heard = silent_ms < HELLO_MS;",
    ),
}
"""Name -> a line of the bundle, and what stands there instead."""


def plant(bundle: str, mistake: str) -> str:
    """The bundle with a mistake in it. Fails where the line is no longer there: then write it anew."""
    line, instead = CORE_MISTAKES[mistake]
    assert bundle.count(line) == 1, f"the line of this mistake stands {bundle.count(line)} times in the bundle: {line}"
    return bundle.replace(line, instead)
