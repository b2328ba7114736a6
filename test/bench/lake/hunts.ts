/** Ten hunts as analysts run them, over all that there is. */
export const HUNTS: Record<string, string> = {
  'rare parents of a process': `SELECT process_parent_name, process_name, count(*) AS n, count(DISTINCT host_name) AS hosts FROM process
    WHERE event_action = 'process-created' GROUP BY 1, 2 HAVING count(DISTINCT host_name) < 200 ORDER BY n LIMIT 100`,
  'encoded PowerShell': `SELECT time, host_name, user_name, process_command_line FROM process
    WHERE process_name = 'powershell.exe' AND process_command_line ILIKE '% -enc%' ORDER BY time DESC LIMIT 200`,
  'failed sign-ins by address': `SELECT source_ip, count(*) AS n, count(DISTINCT user_name) AS users FROM authentication
    WHERE event_outcome = 'failure' GROUP BY 1 ORDER BY n DESC LIMIT 50`,
  'accounts that reach many machines': `SELECT user_name, count(DISTINCT host_name) AS hosts, count(*) AS n FROM authentication
    WHERE event_action = 'logged-in' AND winlog_logon_type IN ('3', '10') GROUP BY 1 ORDER BY hosts DESC LIMIT 50`,
  'names that few machines ask for': `SELECT dns_question_name, count(DISTINCT coalesce(host_name, source_ip)) AS machines, count(*) AS n FROM dns
    GROUP BY 1 ORDER BY machines, n DESC LIMIT 100`,
  'regular connections': `WITH calls AS (SELECT source_ip, destination_ip, destination_port, time,
      epoch(time - lag(time) OVER (PARTITION BY source_ip, destination_ip, destination_port ORDER BY time)) AS gap FROM network)
    SELECT source_ip, destination_ip, destination_port, count(*) AS n, avg(gap) AS every, stddev_pop(gap) AS spread FROM calls
    GROUP BY 1, 2, 3 HAVING count(*) > 20 ORDER BY spread / nullif(every, 0) LIMIT 50`,
  'new services': `SELECT service_name, file_path, count(DISTINCT host_name) AS hosts, min(time) AS first FROM service GROUP BY 1, 2 ORDER BY first DESC LIMIT 100`,
  'what starts by itself': `SELECT host_name, registry_path, registry_data_strings, process_name FROM registry
    WHERE event_action = 'registry-value-set' AND (registry_path ILIKE '%\\CurrentVersion\\Run%' OR registry_path ILIKE '%\\Services\\%\\ImagePath') LIMIT 200`,
  'refused calls in the cloud': `SELECT user_name, event_action, count(*) AS n FROM cloud WHERE event_outcome = 'failure' GROUP BY 1, 2 ORDER BY n DESC LIMIT 100`,
  'who opens lsass': `SELECT process_executable, count(*) AS n, count(DISTINCT host_name) AS hosts FROM process
    WHERE event_action = 'process-accessed' AND process_target_executable ILIKE '%\\lsass.exe' GROUP BY 1 ORDER BY hosts LIMIT 100`,
};

/** One value among all events, as an analyst gets it from somebody else. `$value` is bound. */
export const NEEDLES: Record<string, string> = {
  'an address':
    'SELECT time, dataset, host_name FROM events WHERE source_ip = $value OR destination_ip = $value OR host_ip = $value',
  'a hash':
    'SELECT time, dataset, host_name FROM events WHERE process_hash_sha256 = $value OR file_hash_sha256 = $value',
  'a name on the internet':
    'SELECT time, dataset, host_name FROM events WHERE dns_question_name = $value OR destination_domain = $value',
  'a person': 'SELECT time, dataset, host_name FROM events WHERE user_name = $value OR user_target_name = $value',
  'a machine': 'SELECT count(*) AS n, min(time), max(time) FROM events WHERE host_name = $value HAVING count(*) > 0',
  'an event': 'SELECT * FROM events WHERE id = $value',
  'words of a command line':
    "SELECT time, host_name, process_command_line FROM process WHERE process_command_line LIKE '%' || $value || '%'",
};
