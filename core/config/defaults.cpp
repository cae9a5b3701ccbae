#include "core/config/load.hpp"

namespace freshet::config {

std::string_view defaults_text() {
  return R"toml(# freshet: every key with its default. A line that begins with `#` and no space is an option that
# is off, or an example; remove the `#` to use it. One value stands for a list of one.

# Where pages and event streams are served. A path is a unix socket.
listen = ["127.0.0.1:8080"]
# Console, metrics and admin verbs. Off loopback only together with admin_token.
admin = "127.0.0.1:8081"
#admin_token = "${file:/etc/freshet/admin.token}"
# The hard bound of everything that is kept.
memory = "512MiB"
# The journal: pages and positions survive a restart. Without it everything is in memory alone.
#state = "/var/lib/freshet/state.db"
# Event loops; each has its own thread.
loops = 1
# The prefix of every URL that is given out, when a proxy stands in front.
#public_url = "https://example.org/fresh"
# Whose X-Forwarded-For and user headers count.
proxies = ["127.0.0.1/32", "::1/128"]
# Origins of browsers' pages that may read; a list alone means origins.
cors = { origins = [], credentials = false }
# A visitor's patience on a page that was never built.
wait = "10s"
# How long open answers and streams may take when the server stops.
drain_timeout = "10s"
# Streams are renewed after this time, give or take 10 %.
stream_age = "10m"
# format: auto | pretty | json; level: debug | info | warn | error; access: one line a request.
log = { format = "auto", level = "info", access = false }

# 0 = no limit. The limits per address never apply to `proxies`.
[limits]
connections = 10000
connections_per_address = 0
streams = 10000
streams_per_address = 0
# A request's head must be complete, a connection may be unused, an answer may stand still this long.
head_timeout = "10s"
idle_timeout = "30s"
write_timeout = "20s"
# Bytes of the request target, of the whole head, and the number of its fields.
target = "8KiB"
head = "16KiB"
fields = 64

# Where events come from. kind: zmq | amqp | webhook | ndjson | demo.
#[bus.fedmsg]
#kind = "zmq"
#connect = ["tcp://127.0.0.1:9940"]
# Byte prefixes, not patterns; without this line all topics.
#topics = ["org.fedoraproject."]
# Silence longer than this is an alarm, and the connection is made anew. For topics of their own:
# { "#" = "2m", "org.fedoraproject.*.buildsys.#" = "10m" }
#expect_every = "2m"
# Where what was missed is asked for after a start, a reconnect or a silence: at most `max_age`
# back, and from `overlap` before the gap on. Without it such a gap leaves pages unverified until
# they were fetched again. `headers` and `tls` are as an upstream has them.
#catch_up = { kind = "datagrepper", url = "https://apps.example.org/datagrepper/raw", max_age = "3d", overlap = "30s" }
# Signed fedmsg. mode: off | warn | enforce; ca: who vouches for signers, or signers themselves; crl:
# whom no more; names: who may sign which topics. Both files are read again when they change.
#verify = { mode = "enforce", ca = "/etc/freshet/fedmsg-ca.crt", crl = "/etc/freshet/fedmsg-crl.pem", names = { "org.fedoraproject.*.buildsys.#" = ["koji-*"] } }
#max_message = "1MiB"
# Messages that ZeroMQ queues before it drops.
#hwm = 1000

# fedora-messaging, or another AMQP 0-9-1 broker. `topics`, `expect_every`, `catch_up` and
# `max_message` as above.
#[bus.messaging]
#kind = "amqp"
#url = "amqps://user:${file:/etc/freshet/amqp.password}@rabbitmq.example.org/%2Fpublic_pubsub"
#tls = { ca = "ca.pem", cert = "client.pem", key = "client.key" }
#exchange = "amq.topic"
# Without this line a UUID that the journal keeps (with `state`), else the broker's own.
#queue = "freshet"
# Messages that may be under way and not acknowledged.
#prefetch = 25
# The broker drops a queue of ours that nobody consumed for so long.
#expires = "3d"

# Events that others POST, on a listener of their own. check: github | pagure | hmac | bearer.
#[bus.forge]
#kind = "webhook"
#listen = "127.0.0.1:8082"
#path = "/hooks/forge"
#check = "hmac"
# Of check = "hmac": the field that holds the signature.
#header = "X-Signature-256"
# Any of them fits.
#secret = ["${file:/etc/freshet/hook.new}", "${file:/etc/freshet/hook.old}"]
# A part that yields nothing is left out.
#topic = "forge.{/headers/x-event}.{/msg/action}"
# Without this line: GitHub's or Pagure's own with their `check`, else the bytes.
#id = "/headers/x-delivery"
# Events a second, and as many at once; 0 = no limit.
#rate = 100

# Recorded events, one JSON object a line; "-" is standard input.
#[bus.recorded]
#kind = "ndjson"
#file = "events.ndjson"
# Go on at the end of the file, as `tail -f` does.
#follow = false

#[bus.simulated]
#kind = "demo"
# Events a second.
#rate = 5

# Who owns the data. kind: http | xmlrpc | koji | bugzilla | exec | demo | events (the newest by a
# name that tags give) | search (the pages of a class).
#[upstream.bodhi]
#kind = "http"
#url = "http://127.0.0.1:7000"
# ${env:NAME} and ${file:PATH} are read when they are used.
#headers = { Authorization = "Bearer ${file:/etc/freshet/bodhi.token}" }
# Calls at once; calls a second (0 = no limit); one attempt; attempts after the first; bytes.
#limits = { concurrency = 8, rate = 0, timeout = "10s", retries = 3, body = "16MiB" }
#tls = { verify = true }
# How many redirects to the same origin are followed.
#redirects = 0

#[upstream.koji]
#kind = "koji"
#url = "http://127.0.0.1:7000/kojihub"
# As above, and the most questions in one call.
#limits = { concurrency = 8, rate = 0, timeout = "10s", retries = 3, body = "16MiB", batch = 20 }

# Programs that pages name by `run`: where they run, and what their environment holds.
#[upstream.scripts]
#kind = "exec"
#directory = "/srv/scripts"
#env = { HOME = "/srv/scripts" }

#[upstream.simulated]
#kind = "demo"
#limits = { concurrency = 8, rate = 0, timeout = "10s", retries = 3, body = "16MiB" }
# The median time of an answer.
#latency = "0s"

# What events talk about, shared by all pages. `*` is one word of the topic, `#` any number.
#[[tag]]
#topic = "org.fedoraproject.*.bodhi.#"
#where = { "/msg/update/status" = { exists = true } }
#set = { package = [{ at = "/msg/update/builds/*/nvr", like = "{}-*-*" }] }

#[page.updates]
#path = "/packages/{package}/updates.json?release&page=1"
# lower: fold to lower case; max: bytes; in: allowed values; int: [low, high]; chars: allowed ones.
#param = { release = { lower = true, max = 20 }, page = { int = [1, 50] } }
#fetch = [{ upstream = "bodhi", get = "/updates/?packages={package}&releases={release|upper}&page={page}" }]
# An answer in pages: paging = { param = "page", first = 1, pages = "/pages", max = 20 },
# { param = "offset", step = 200 }, { next = "link" } or { next = "/next" }. Its rows, in this order:
# from = "/updates", keep, drop, rename, sort = ["status", "-id"], skip, limit, count. What stands
# beside them: the page's put = { "/page" = "{page}" }.
# set = { name = selector }, by = [names that tags gave], or all = true. coalesce: gather events this
# long; lazy: refresh when somebody asks. floor: what the page must show of an event, which may come
# before its data; or { event = "/msg/seq", page = "/seq" }: a number that the page must reach.
#on = [{ topic = "org.fedoraproject.*.bodhi.#", by = ["package"], coalesce = "0s", lazy = false, floor = { at = "/updates", has = { updateid = "/msg/update/updateid" } } }]
# Values of the built page that rules may name.
#shows = { update = "/updates/*/updateid" }
# A visitor's patience; without this line the server's.
#wait = "10s"
# How long "there is no such page" is believed.
#negative = "60s"
# At least this long between two refreshes.
#min_interval = "0s"
#max_size = "4MiB"
# An event that changed no byte has the page read once more this much later; "0s": never.
#settle = "5s"
# Every page is compared with its upstream once in this time, whatever events said; "0s": never.
#sweep = "6h"
# Refresh by time, while the page is watched or was asked for within `idle`.
#every = "10m"
#idle = "1h"
# A time inside the page (RFC 3339 or seconds) at which it changes by itself.
#until = "/expires"
#cache_control = "no-cache"
# none | full: streams carry the page itself, up to 16 KiB.
#push = "none"
# any | listed: only the keys that `warm` lists exist.
#keys = "any"
# false: answered per request, never kept.
#store = true
#type = "application/json"
# only = { user = "X-Auth-User" }: the parameter must be named by that header of one of `proxies`.
# Build ahead of visitors.
#warm = { rate = "50/s", every = "6h", keys = { package = { upstream = "bodhi", get = "/packages.json", at = "/packages" }, release = ["f42"] } }
)toml";
}

}  // namespace freshet::config
