/**
 * Add entries to one cell and read it with its neighbours, in one step that nobody comes between.
 *
 * KEYS  1 cell before, 2 cell, 3 cell after (sorted sets, member → event time), 4 cells in use by expiry, 5 their
 *       sizes (field '' is the total), 6 cells waiting to be judged, 7 mark of a judged cell
 * ARGV  1 now, 2 life of the cell in ms, 3 its name in 4 and 5, 4 most entries of a cell, 5 entries kept of each class
 *       at either end, 6 most entries of the correlation, 7 fewest entries worth reading, 8 when to judge it ('' never),
 *       9 its name in 6, 10 start of cell keys, 11 most cells waiting, then time, member, time, member …
 * @returns late, thinned, cut, then three lists of member, time, …
 */
export const ADD = `
local own, m = KEYS[2], ARGV[3]
local now, life, cap, keep, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
if ARGV[8] ~= '' and redis.call('exists', KEYS[7]) == 1 then
  return {(#ARGV - 11) / 2, 0, 0, {}, {}, {}}
end
for i = 12, #ARGV, 2 do redis.call('zadd', own, 'NX', ARGV[i], ARGV[i + 1]) end
local size, thinned, cut = redis.call('zcard', own), 0, 0

if size > cap then
  local function class(member) return string.sub(member, 1, (string.find(member, '|', 1, true))) end
  local all, counts, seen = redis.call('zrange', own, 0, -1), {}, {}
  for _, member in ipairs(all) do
    local c = class(member)
    counts[c] = (counts[c] or 0) + 1
  end
  for _, member in ipairs(all) do
    local c = class(member)
    local n = (seen[c] or 0) + 1
    seen[c] = n
    if n > keep and n <= counts[c] - keep then
      redis.call('zrem', own, member)
      thinned = thinned + 1
    end
  end
  size = size - thinned
  if size > cap then
    local half = math.floor(cap * 3 / 8)
    cut = redis.call('zremrangebyrank', own, half, size - half - 1)
    size = size - cut
  end
end
redis.call('pexpire', own, life)

local total = redis.call('hincrby', KEYS[5], '', size - tonumber(redis.call('hget', KEYS[5], m) or '0'))
redis.call('hset', KEYS[5], m, size)
redis.call('zadd', KEYS[4], now + life, m)
local function forget(name)
  local n = tonumber(redis.call('hget', KEYS[5], name) or '0')
  redis.call('zrem', KEYS[4], name)
  redis.call('hdel', KEYS[5], name)
  redis.call('del', ARGV[10] .. name)
  total = redis.call('hincrby', KEYS[5], '', -n)
  return n
end
for _, name in ipairs(redis.call('zrangebyscore', KEYS[4], '-inf', now, 'LIMIT', 0, 20)) do forget(name) end
local rounds = 0
while total > most and rounds < 1000 do
  rounds = rounds + 1
  local oldest = redis.call('zrange', KEYS[4], 0, 1)
  local name = oldest[1] ~= m and oldest[1] or oldest[2]
  if not name then break end
  cut = cut + forget(name)
end
redis.call('pexpire', KEYS[4], life * 2)
redis.call('pexpire', KEYS[5], life * 2)

if ARGV[8] ~= '' then
  if redis.call('zscore', KEYS[6], ARGV[9]) or redis.call('zcard', KEYS[6]) < tonumber(ARGV[11]) then
    redis.call('zadd', KEYS[6], 'NX', ARGV[8], ARGV[9])
  else
    cut = cut + size
  end
  return {0, thinned, cut, {}, {}, {}}
end
if redis.call('zcard', KEYS[1]) + size + redis.call('zcard', KEYS[3]) < tonumber(ARGV[7]) then
  return {0, thinned, cut, {}, {}, {}}
end
return {0, thinned, cut,
  redis.call('zrange', KEYS[1], 0, -1, 'WITHSCORES'),
  redis.call('zrange', own, 0, -1, 'WITHSCORES'),
  redis.call('zrange', KEYS[3], 0, -1, 'WITHSCORES')}`;

/**
 * Mark a cell as judged, so that it takes no more entries, and read it with its neighbours.
 * KEYS  1 cell before, 2 cell, 3 cell after, 4 mark. ARGV  1 life of the mark in ms
 */
export const CLOSE = `
redis.call('set', KEYS[4], '1', 'PX', ARGV[1])
return {
  redis.call('zrange', KEYS[1], 0, -1, 'WITHSCORES'),
  redis.call('zrange', KEYS[2], 0, -1, 'WITHSCORES'),
  redis.call('zrange', KEYS[3], 0, -1, 'WITHSCORES')}`;
