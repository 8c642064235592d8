-- A token bucket that several processes draw from, in one atomic step.
--
-- KEYS[1]  the caller's bucket
-- ARGV     rate (tokens a second), burst (tokens), cost, chunk, unused, process, lease (ms)
--
-- A process takes what a request costs and up to `chunk` tokens in advance: its lease, which it may
-- spend without asking until it ends. Tokens in the bucket and in leases never exceed the burst, so
-- over all processes no more than burst + rate * t is admitted in any time t. `unused` is what is left
-- of the process's lease, given back here.
--
-- What costs more than the burst is admitted when all that can be there is there, and leaves a debt
-- that is paid off before anything else is admitted.
--
-- Returns {admitted, leased, remaining, milliseconds to wait}.
local rate, burst, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local chunk, unused, process = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6]
local lease_ms = tonumber(ARGV[7])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)

local tokens, at, leased = burst, now, 0
local fields = redis.call('HGETALL', KEYS[1])
for index = 1, #fields, 2 do
  local name, value = fields[index], fields[index + 1]
  if name == 'tokens' then
    tokens = tonumber(value)
  elseif name == 'at' then
    at = tonumber(value)
  end
end
for index = 1, #fields, 2 do
  local name, value = fields[index], fields[index + 1]
  if name ~= 'tokens' and name ~= 'at' then
    local amount, ends = string.match(value, '^(%d+):(%d+)$')
    if tonumber(ends) <= now then
      redis.call('HDEL', KEYS[1], name)
    elseif name == process then
      tokens = tokens + math.min(unused, tonumber(amount))
      redis.call('HDEL', KEYS[1], name)
    else
      leased = leased + tonumber(amount)
    end
  end
end

tokens = math.min(burst - leased, tokens + math.max(0, now - at) * rate / 1000)
local needed = math.max(1, math.min(cost, burst - leased))
local admitted, extra, wait_ms = 0, 0, 0
if tokens >= needed then
  admitted = 1
  tokens = tokens - cost
  extra = math.max(0, math.min(chunk, math.floor(tokens)))
  if extra > 0 then
    tokens = tokens - extra
    redis.call('HSET', KEYS[1], process, string.format('%d:%.0f', extra, now + lease_ms))
  end
else
  wait_ms = math.ceil((needed - tokens) / rate * 1000)
end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / rate * 1000) + lease_ms + 1000)
return {admitted, extra, math.floor(tokens), wait_ms}
