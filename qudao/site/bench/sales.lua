-- For wrk: each request sells for some outlet in its own name, under a key of its own.
--
-- A request is six strings put together; all but the key's number and the line's digits are made
-- beforehand, so that the clients take little of the cores that they share with the server.
local threads = {}

function setup(thread)
    thread:set("place", #threads)
    table.insert(threads, thread)
end

-- run, file of heads (one per outlet), file of middles, hot outlets, their share in per mille,
-- requests a second of this thread (0: as many as are answered), whether to tell all statuses apart
function init(arguments)
    local run = arguments[1]
    heads, middles, statuses, count = {}, {}, {}, 0
    for line in io.open(arguments[2]):lines() do
        heads[#heads + 1] = line:gsub("|", "\r\n") .. run .. "-" .. place .. "-"
    end
    for line in io.open(arguments[3]):lines() do
        middles[#middles + 1] = line:gsub("|", "\r\n")
    end
    hot, share = tonumber(arguments[4]), tonumber(arguments[5])
    math.randomseed(os.time() * 16 + place)
    random, outlets, sales = math.random, #heads, #middles
    local rate = tonumber(arguments[6])
    if rate > 0 then
        pace(rate)
    end
    if arguments[7] ~= "apart" then
        response = nil  -- each answer's headers would be put into a table: a third of the work
    end
end

function request()
    count = count + 1
    local outlet
    if random(1000) <= share then
        outlet = random(hot)
    else
        outlet = random(hot + 1, outlets)
    end
    return heads[outlet] .. count .. middles[random(sales)] .. random(100000000, 999999999) .. '"}'
end

function response(status)
    statuses[status] = (statuses[status] or 0) + 1
end

-- Requests leave when they are due, whatever became of those before them, as long as there is a
-- free connection. Those that were due more than a second ago are left out.
function pace(rate)
    local ffi = require("ffi")
    ffi.cdef("typedef struct { long s; long ns; } bench_time; int clock_gettime(int, bench_time*);")
    local read, gap, due = ffi.new("bench_time"), 1000 / rate, nil
    function delay()
        ffi.C.clock_gettime(1, read)
        local now = tonumber(read.s) * 1000 + tonumber(read.ns) / 1000000
        due = (due or now) + gap
        if due < now - 1000 then
            due = now
        end
        return math.max(0, math.floor(due - now + 0.5))
    end
end

function done(summary, latency, requests)
    local errors, sum, sent = summary.errors, {}, 0
    for _, thread in ipairs(threads) do
        for status, number in pairs(thread:get("statuses")) do
            sum[status] = (sum[status] or 0) + number
        end
        sent = sent + thread:get("count")
    end
    if next(sum) == nil then
        sum[201] = summary.requests - errors.status
        if errors.status > 0 then
            sum[0] = errors.status
        end
    end
    local told = {}
    for status, number in pairs(sum) do
        told[#told + 1] = string.format('"%d":%d', status, number)
    end
    io.write(string.format(
        '\n{"us":%d,"p50_us":%d,"p99_us":%d,"statuses":{%s},"broken":%d,"sent":%d}\n',
        summary.duration, latency:percentile(50), latency:percentile(99), table.concat(told, ","),
        errors.connect + errors.read + errors.write + errors.timeout, sent))
end
