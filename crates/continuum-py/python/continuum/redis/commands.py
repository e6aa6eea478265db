"""Redis's commands by what they do to a key: the tables that routing asks.

Knows neither servers nor clients.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Commands that read one key and leave it as it is.
READS = frozenset(
    """
    bitcount bitpos dump expiretime get getbit getrange hexists hget hgetall hkeys hlen hmget
    hrandfield hscan hstrlen hvals lindex llen lpos lrange object pexpiretime pttl scard
    sismember smembers smismember srandmember sscan strlen ttl type xlen xrange xrevrange
    zcard zcount zlexcount zmscore zrandmember zrange zrangebylex zrangebyscore zrank
    zrevrange zrevrangebyscore zrevrank zscan zscore
    """.split()
)

#: Reads that give an iterator, which asks again and again.
ITERATORS = frozenset({"hscan_iter", "sscan_iter", "zscan_iter"})

#: What gives an object of redis-py in place of an answer: no pipeline can queue it.
OBJECTS = ITERATORS | {"bitfield"}

#: Writes of a whole value, whatever was there.
WHOLE = frozenset({"psetex", "restore", "set", "setex"})

#: Writes to one key whose effect depends on what is there.
DEPENDING = frozenset(
    """
    append bitfield decr decrby expire expireat getex getset hdel hincrby hincrbyfloat hmset
    hset hsetnx incr incrby incrbyfloat linsert lpop lpush lpushx lrem lset ltrim move persist
    pexpire pexpireat rpop rpush rpushx sadd setbit setnx setrange spop srem xack xadd xdel
    xtrim zadd zincrby zpopmax zpopmin zrem zremrangebylex zremrangebyrank zremrangebyscore
    """.split()
)

#: Commands of one key, which is their first argument (of `object`, the second).
ONE_KEY = READS | ITERATORS | WHOLE | DEPENDING | {"getdel"}

#: Commands of several keys whose answers add up.
COUNTS = frozenset({"delete", "exists", "touch", "unlink"})

#: What leaves nothing of a key: not on its old owner either.
DELETES = frozenset({"delete", "getdel", "unlink"})

#: Reads whose answer says nothing about whether the key is there.
_NEVER_EMPTY = frozenset(
    """
    bitpos expiretime hmget hscan pexpiretime pttl smismember sscan ttl type zmscore zscan
    """.split()
)

#: Arguments of `set` whatever is there: the key, the value and how long it lives.
_OF_SET = frozenset({"name", "value", "ex", "px", "exat", "pxat"})
_SWITCHES = frozenset({"nx", "xx", "keepttl", "get"})


def key_of(name: str, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> Any:
    """The key among the arguments of a command, by whichever word redis-py has for it."""
    if name == "object":
        # Behind the word that says what is asked.
        if len(arguments) > 1:
            return arguments[1]
        if "key" not in named:
            raise TypeError("object is asked with a word and a key: object('encoding', key)")
        return named["key"]
    if arguments:
        return arguments[0]
    for word in ("name", "key"):
        if word in named:
            return named[word]
    raise TypeError(f"{name} goes to the server of its key, and none is given: {name}(key, …)")


def may_be_a_miss(name: str, answer: Any) -> bool:
    """Whether a read may have answered so because the key is not there."""
    return name in _NEVER_EMPTY or not answer


def depends(name: str, arguments: tuple[Any, ...], named: Mapping[str, Any]) -> bool:
    """Whether the effect of a command depends on the value that it changes; `arguments`
    are all of them, the key first where it is not among those by name."""
    if name == "set":
        # Behind key and value stand ex and px, then the switches nx, xx, keepttl and get. What
        # releases of redis-py add by name, as ifeq, is a condition, whatever its value.
        return any(arguments[4:]) or any(
            value if word in _SWITCHES else value is not None
            for word, value in named.items()
            if word not in _OF_SET
        )
    if name == "restore":
        # Without it Redis refuses a key that is there.
        return not (any(arguments[3:4]) or named.get("replace"))
    return name in DEPENDING
