/** One file of a triage package: what is run on the host for it. */
export interface Section {
  /** `processes` becomes `processes.txt`. */
  name: string;
  about: string;
  /** Words of people by which it is asked for. */
  words: RegExp;
  script: string;
}

/** Nothing is written on the host, and nothing taken that is a secret of its own (password hashes, private keys). */
export const SECTIONS: readonly Section[] = [
  {
    ...{ name: 'system', about: 'the host, its time and who is asking', words: /system|host|version/i },
    script: 'date -u; hostname; uname -a; cat /etc/os-release; uptime; id; ip addr; ip route; df -k; mount',
  },
  {
    ...{ name: 'processes', about: 'processes, with their programs', words: /process|program|memory/i },
    script: `
$SUDO ps -eo pid,ppid,user,lstart,stat,comm,args -ww 2>/dev/null || ps -ef 2>/dev/null || for p in /proc/[0-9]*; do
  printf '%s %s ' "\${p#/proc/}" "$(cat $p/comm)"; tr '\\0' ' ' < $p/cmdline; echo
done
echo; echo '# program, working folder'
for p in /proc/[0-9]*; do
  exe=$($SUDO readlink $p/exe) && printf '%s %s %s\\n' "\${p#/proc/}" "$exe" "$($SUDO readlink $p/cwd)"
done`,
  },
  {
    ...{ name: 'hashes', about: 'SHA-256 of programs that run', words: /process|program|hash/i },
    script: `for p in /proc/[0-9]*; do $SUDO readlink $p/exe; done | sort -u | head -n 500 | while IFS= read -r f; do
  $SUDO sha256sum "\${f% (deleted)}"
done`,
  },
  {
    ...{ name: 'connections', about: 'connections and listeners', words: /network|connection|socket/i },
    script: `$SUDO ss -tunap || $SUDO netstat -tunap || for f in tcp tcp6 udp udp6; do echo "# $f"; cat /proc/net/$f; done
echo; ip neigh; cat /etc/resolv.conf /etc/hosts`,
  },
  {
    ...{ name: 'logons', about: 'who is and was signed in', words: /log-?on|log-?in|sign/i },
    script: 'who -a; w; last -n 1000 -F; echo; $SUDO lastb -n 1000 -F; lastlog',
  },
  {
    ...{ name: 'accounts', about: 'accounts, groups, who may do what', words: /account|user|group/i },
    script: `cat /etc/passwd /etc/group; $SUDO cat /etc/sudoers /etc/sudoers.d/*
for home in /root /home/*; do
  for f in $home/.ssh/authorized_keys $home/.ssh/known_hosts; do $SUDO test -f "$f" && { echo "# $f"; $SUDO cat "$f"; }; done
done`,
  },
  {
    ...{
      name: 'autostarts',
      about: 'what starts by itself',
      words: /auto-?(?:run|start)|persist|schedul|cron|service/i,
    },
    script: `systemctl list-unit-files --state=enabled --no-pager; systemctl list-timers --all --no-pager
$SUDO ls -laR --time-style=full-iso /etc/systemd/system /etc/init.d /etc/cron.d /etc/cron.daily /etc/cron.hourly /var/spool/cron /etc/profile.d
for f in /etc/crontab /etc/cron.d/* /var/spool/cron/* /var/spool/cron/crontabs/* /etc/rc.local /etc/ld.so.preload /etc/modules /root/.bashrc /root/.profile /home/*/.bashrc /home/*/.profile; do
  $SUDO test -f "$f" && { echo "# $f"; $SUDO head -c 65536 "$f"; echo; }
done
lsmod`,
  },
  {
    ...{ name: 'recent-files', about: 'files of the last three days', words: /file|artefact|artifact|disk|prefetch/i },
    script: `$SUDO find /tmp /var/tmp /dev/shm /etc /home /root /opt /srv /usr/local /var/www -xdev -type f -mtime -3 -exec ls -ld --time-style=full-iso {} + | head -n 20000
echo; echo '# set-user-id programs'; $SUDO find / -xdev -type f -perm -4000 -exec ls -ld --time-style=full-iso {} + | head -n 2000`,
  },
  {
    ...{ name: 'shell-history', about: 'what was typed', words: /history|shell/i },
    script: `for f in /root/.bash_history /home/*/.bash_history /root/.zsh_history /home/*/.zsh_history; do
  $SUDO test -f "$f" && { echo "# $f"; $SUDO tail -c 262144 "$f"; echo; }
done`,
  },
  {
    ...{ name: 'journal', about: 'the journal of the last three days', words: /log|journal/i },
    script: '$SUDO journalctl --since -3d -n 30000 -o short-iso --no-pager',
  },
  ...['auth.log', 'secure', 'syslog', 'messages', 'audit/audit.log'].map((file) => ({
    ...{ name: `log-${file.replace(/\W+/g, '-')}`, about: `the end of /var/log/${file}`, words: /log/i },
    script: `$SUDO test -f /var/log/${file} || { echo 'there is none' >&2; return 3; }
$SUDO tail -c 3000000 /var/log/${file}`,
  })),
];

/** The sections that somebody's words ask for; all of them when they ask for none. */
export function sectionsFor(parts: string | undefined): readonly Section[] {
  const found = parts === undefined ? [] : SECTIONS.filter(({ words }) => words.test(parts));
  return found.length > 0 ? found : SECTIONS;
}
