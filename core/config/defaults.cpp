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

# Where events come from. kind: zmq | ndjson | demo.
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
# they were fetched again.
#catch_up = { kind = "datagrepper", url = "https://apps.example.org/datagrepper/raw", max_age = "3d", overlap = "30s" }
# Signed fedmsg. mode: off | warn | enforce; ca: who vouches for signers, or signers themselves; crl:
# whom no more; names: who may sign which topics. Both files are read again when they change.
#verify = { mode = "enforce", ca = "/etc/freshet/fedmsg-ca.crt", crl = "/etc/freshet/fedmsg-crl.pem", names = { "org.fedoraproject.*.buildsys.#" = ["koji-*"] } }
#max_message = "1MiB"
# Messages that ZeroMQ queues before it drops.
#hwm = 1000

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

# Who owns the data. kind: http | demo.
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
# set = { name = selector }, by = [names that tags gave], or all = true. coalesce: gather events this
# long; lazy: refresh when somebody asks.
#on = [{ topic = "org.fedoraproject.*.bodhi.#", by = ["package"], coalesce = "0s", lazy = false }]
# Values of the built page that rules may name.
#shows = { update = "/updates/*/updateid" }
# A visitor's patience; without this line the server's.
#wait = "10s"
# How long "there is no such page" is believed.
#negative = "60s"
# At least this long between two refreshes.
#min_interval = "0s"
#max_size = "4MiB"
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
# Build ahead of visitors.
#warm = { rate = "50/s", every = "6h", keys = { package = { upstream = "bodhi", get = "/packages.json", at = "/packages" }, release = ["f42"] } }
)toml";
}

}  // namespace freshet::config
