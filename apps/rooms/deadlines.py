"""How long the web process, its runners and pages wait for each other, in seconds.

Here, because they hang together: who asks must wait longer than whoever is asked, or it gives up what is about to come.
`tests/unit/test_deadlines.py` holds that order, that of scripts in the browser included.
"""

from __future__ import annotations

# A runner's signs of life

TICK = 0.05
"""Between two looks whether a room has a frame due."""
PULSE = 1.0
"""Between two signs that a runner gives."""
LOOK = 1.0
"""Between two looks of the web process, whether a runner is silent among them."""
NAP = 3.0
"""Without a turn, of who has one every second, that is a sleep: a lid was closed, or the process stopped."""
STANDSTILL = 10.0
"""For which the web process must have stood still for everybody to be told so."""
SILENT = 10.0
"""Without a sign of life after which the web process kills a runner."""
STARTING = 30.0
"""How much longer its first sign may take."""
FROZEN = 600.0
"""After which the kernel ends a runner whose loop stands still: the web process has died too, or it would have done it.

It also counts those in which the runner was stopped, from which it is to come back."""

# Questions

GATE = 5.0
"""That a question to a room's brokers may wait for the one before it."""
CONTROL_GATE = 10.0
"""That a control may wait for those before it in the same room."""
ANSWER = 20.0
"""That the web process waits for a runner's answer. To a tap in a class it waits as long as the producer does."""

# Leaving, from within to without: a room's members have what is left of its runner's time

ROOMS_CLOSE = 1.5
"""That a runner which is left has for its rooms."""
RUNNER_LEAVES = 1.7
"""After which the web process kills it."""
SERVER_STOPS = 2.0
"""That the web server waits for its runners and sockets."""
SERVER_FORCED = 2.7
"""After which the process leaves whatever hangs."""

# Coming in

HANDSHAKE = 15.0
"""That the handshake of a socket may take: those of a class that comes all at once, from one address, take turns."""

# Pictures

BACKLOG_SPACING = 0.2
"""Between two backlogs: the largest thing that a room sends, and whoever is there may ask for one."""
BACKLOG_AGAIN = 3.0
"""After which one that did not come is asked for again. A page asks again by itself a little later."""
WINDOW = 4.0
"""That a viewer who says what it has seen may be behind before it is sent nothing but a fresh backlog."""

# Coming back

FAULT_PAUSE = 1.0
"""After a fault until the loop that failed begins again."""
REVIVALS = (0.5, 2.0, 5.0)
"""Between two tries to open a room that somebody watches; the last, again and again."""
STABLE = 30.0
"""A room that fails sooner after it has opened comes back after a pause, for it may fail again."""
KAFKA_LOOK = 5.0
"""Between two looks at a Kafka on which no room can open."""

# Places

SWEEP = 5.0
"""Between two looks for rooms that may sleep, and for what may be deleted."""
SPARE = 10.0
"""Without a viewer after which a room may be put to sleep early."""
IDLE = 600.0
"""In which its viewers pressed nothing after which it may, too."""
PUT_OFF = 20.0
"""Until a room that could not be deleted is tried again: mostly a member has not been missed yet."""
