-- The action `lua.curfew` for HAProxy: asks Curfew about a request, and lets it on with Curfew's headers or answers it.
--
--   lua-load-per-thread curfew.lua http://127.0.0.1:2200
--
-- The argument is where Curfew listens. Only what the question needs is handed on, and every failure lets nobody in.

local curfew = ...
local question = (curfew or "http://127.0.0.1:2200") .. "/forward-auth/haproxy"
local timeout_ms = 5000

-- Headers that an application may trust. They are Curfew's, or there are none.
local identity = {
  "Remote-User", "Remote-Groups", "Remote-Name", "Remote-Email", "Remote-Realm", "Remote-Provider",
  "X-Auth-Request-User", "X-Auth-Request-Preferred-Username", "X-Auth-Request-Groups", "X-Auth-Request-Email",
  "Session-Id", "Session-Expires", "Curfew-Assertion",
}

-- Headers of the client that the question hands on: the token, and what tells a browser from a program.
local handed_on = { "cookie", "authorization", "accept", "sec-fetch-mode", "x-requested-with", "upgrade" }

-- Headers of the answer that belong to its connection.
local of_connection = {
  ["connection"] = true, ["keep-alive"] = true, ["transfer-encoding"] = true, ["content-length"] = true, ["date"] = true,
}

local function refuse(txn, status, reason, text)
  local reply = txn:reply({ status = status, reason = reason, body = text .. "\n" })
  reply:add_header("content-type", "text/plain")
  reply:add_header("cache-control", "no-store")
  if status == 503 then reply:add_header("retry-after", "5") end
  txn:done(reply)
end

-- The values of a header as a list; HAProxy counts them from 0.
local function values_of(headers, name)
  local found, values = headers[name], {}
  local index = 0
  while found ~= nil and found[index] ~= nil do
    values[#values + 1] = found[index]
    index = index + 1
  end
  return values
end

local function ask(txn)
  local headers = txn.http:req_get_headers()
  local hosts = values_of(headers, "host")
  if #hosts ~= 1 then return nil end
  local sent = {
    ["x-forwarded-method"] = { txn.sf:method() },
    ["x-forwarded-proto"] = { txn.f:ssl_fc() == 1 and "https" or "http" },
    ["x-forwarded-host"] = { hosts[1] },
    -- Path and query as they came, also where the client wrote a whole address.
    ["x-forwarded-uri"] = { txn.sf:pathq() },
    ["x-forwarded-for"] = { txn.sf:src() },
  }
  for _, name in ipairs(handed_on) do
    local values = values_of(headers, name)
    if #values > 0 then sent[name] = values end
  end
  return core.httpclient():get({ url = question, headers = sent, timeout = timeout_ms })
end

local function decide(txn)
  local called, answer = pcall(ask, txn)
  if not called then
    core.log(core.err, "curfew: " .. tostring(answer))
    answer = { status = 0 }
  end
  if answer == nil then return refuse(txn, 400, "Bad Request", "A request names one host.") end
  -- 0 and 504 are HAProxy's own words for a Curfew that it cannot reach, or that takes too long.
  if answer.status == nil or answer.status == 0 or answer.status == 504 then
    return refuse(txn, 503, "Service Unavailable", "It cannot be known now whether you are signed in. Try again soon.")
  end
  if answer.status == 200 then
    for _, name in ipairs(identity) do
      local value = values_of(answer.headers or {}, name:lower())[1]
      if value ~= nil and value ~= "" then
        txn.http:req_set_header(name, value)
      else
        txn.http:req_del_header(name)
      end
    end
    txn:set_var("txn.curfew_passed", true)
    return
  end
  local reply = txn:reply({ status = answer.status, reason = answer.reason, body = answer.body })
  for name, _ in pairs(answer.headers or {}) do
    if not of_connection[name:lower()] then
      for _, value in ipairs(values_of(answer.headers, name)) do reply:add_header(name, value) end
    end
  end
  txn:done(reply)
end

core.register_action("curfew", { "http-req" }, decide, 0)
