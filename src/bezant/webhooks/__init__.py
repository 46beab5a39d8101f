"""Webhooks: what happened, told to the partners' own servers.

Invariants: an event is written in the transaction of the change that it tells of, so either
both are there or neither; within a stream (an order, a basket, an account) an endpoint gets
events in the order in which they happened, one after the other; what was answered with a
success is not sent again unless somebody asks; what fails is tried again for three days, then
parked where it can be seen; nothing is ever sent to an address of a private network unless
the deployment says so; the queue holds no truth, it only wakes.

An event arrives at least once: a worker that dies between an answer and writing it down sends
the same bytes again under the same id. A receiver that keeps the ids it has seen has each
event exactly once.

Called by checkout, the doors, the worker and the command line.
"""
