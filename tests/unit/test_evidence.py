"""How what hops say is known: one table, which server and page both have."""

from __future__ import annotations

import json
import shutil
import subprocess

from apps.kafka.embedded import EmbeddedCluster
from apps.kafka.evidence import USUAL, By
from apps.kafka.hops import Hop, HopType
from tests.conftest import require
from tests.schema import hold
from tests.servers import ROOT

TABLE = "import('./static/js/room/evidence.js').then(({ USUAL }) => console.log(JSON.stringify(USUAL)))"


def test_the_page_has_the_same_table() -> None:
    if not shutil.which("node"):
        require("node", "node is not installed")
    done = subprocess.run(["node", "-e", TABLE], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == {name: by.value for name, by in USUAL.items()}
    assert set(USUAL) <= {one.value for one in HopType}


def test_what_we_deal_out_ourselves_says_so() -> None:
    cluster, hops = EmbeddedCluster(), list[Hop]()
    try:
        cluster.create_topics({"orders": 1})
        cluster.observe_brokers(hops.append)
    finally:
        cluster.close()
    told = {hop.type: hop.by or USUAL[hop.type.value] for hop in hops}
    assert told == {
        HopType.BROKER_UP: By.CONFIGURED,
        HopType.LEADER: By.CONFIGURED,
    }
    for number, hop in enumerate(hops, 1):
        hold("hop", hop.to_wire(number, 0))
