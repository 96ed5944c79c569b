-- For wrk: each request sells for another outlet, in its own name, under a key of its own.
local threads = 0

function setup(thread)
    thread:set("place", threads)
    threads = threads + 1
end

function init(arguments)
    run, outlets, count = arguments[1], tonumber(arguments[2]), 0
    math.randomseed(os.time() + place)
end

local letters = { ["0"] = "a", ["1"] = "b", ["2"] = "c", ["3"] = "d", ["4"] = "e",
                  ["5"] = "f", ["6"] = "g", ["7"] = "h", ["8"] = "j", ["9"] = "k" }

function request()
    count = count + 1
    local outlet = math.random(outlets)
    local digits = string.format("%07d", outlet)
    local token = "qd_b" .. digits:gsub("%d", letters) .. "_" .. string.rep("0", 36) .. digits
    local body = string.format(
        '{"offering":"TOPUP","msisdn":"138%08d","amount_fen":%d}',
        math.random(0, 99999999), 100 * math.random(10, 100))
    return wrk.format("POST", "/api/v1/sales", {
        ["Authorization"] = "Bearer " .. token,
        ["Content-Type"] = "application/json",
        ["Idempotency-Key"] = run .. "-" .. place .. "-" .. count,
    }, body)
end

function done(summary, latency, requests)
    local errors = summary.errors
    io.write(string.format(
        '\n{"requests":%d,"us":%d,"p50_us":%d,"p99_us":%d,"refused":%d,"broken":%d}\n',
        summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
        errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
