/** One file of a triage package: what is run on the host for it. */
export interface Section {
  /** `processes` becomes `processes.txt`. */
  name: string;
  about: string;
  /** Words of people by which it is asked for. */
  words: RegExp;
  script: string;
}

/**
 * `owned FILE` prints the last 256 KiB of a file that a user owns. Whoever owns it may have put anything in its place, even while it is
 * looked at: a link to what never ends or to a secret, a pipe, a second name of another's file. So only a regular file of one name is
 * read, no link is followed, and nothing is waited for; what is there instead is named. Modes in hexadecimal, as in inode(7).
 */
const OWNED = `owned() {
  found=$($SUDO timeout 5 stat -c '%f %h %s %F %N' "$1" 2>/dev/null) || {
    if [ $? = 124 ]; then echo "# not read: $1 gives no answer"
    else $SUDO timeout 5 stat "$1" 2>&1 >/dev/null | grep -v ': No such file' >&2; fi
    return 0
  }
  mode=\${found%% *}; found=\${found#* }; names=\${found%% *}; found=\${found#* }; size=\${found%% *}; found=\${found#* }
  case $mode:$names in
    8???:1) ;;
    8???:*) echo "# not read: $found has $names names"; return 0 ;;
    *) echo "# not read: $found"; return 0 ;;
  esac
  skip=$(( (size + 65535) / 65536 - 4 )); [ $skip -gt 0 ] || skip=0
  if [ $skip = 0 ]; then echo "# $1"; else echo "# $1, the end of its $size bytes"; fi
  $SUDO timeout 5 dd if="$1" iflag=nofollow,nonblock bs=65536 skip=$skip count=4 status=none
  [ $? != 124 ] || { echo; echo "# cut: $1 gives no answer"; }
  echo
}
`;

/** Nothing is written on the host, and nothing taken that is a secret of its own (password hashes, private keys). */
export const SECTIONS: readonly Section[] = [
  {
    ...{ name: 'system', about: 'the host, its time and who is asking', words: /system|host|version/i },
    script:
      'date -u; hostname; uname -a; cat /etc/os-release; uptime; id; ip addr; ip route; timeout 5 df -kl || echo "df: $?" >&2; mount',
  },
  {
    ...{ name: 'processes', about: 'processes, with their programs', words: /process|program|memory/i },
    // A process can keep whoever reads its arguments waiting, as they lie in its own memory; its name does not.
    script: `
$SUDO timeout 15 ps -eo pid,ppid,user,lstart,stat,comm,args -ww 2>/dev/null || if [ $? = 124 ]; then
  echo; echo '# cut: ps gives no answer; without arguments:'
  $SUDO timeout 5 ps -eo pid,ppid,user,lstart,stat,comm
else timeout 15 ps -ef 2>/dev/null; fi || for p in /proc/[0-9]*; do
  printf '%s %s ' "\${p#/proc/}" "$(cat $p/comm)"; tr '\\0' ' ' < $p/cmdline; echo
done
echo; echo '# program, working folder'
for p in /proc/[0-9]*; do
  exe=$($SUDO readlink $p/exe) && printf '%s %s %s\\n' "\${p#/proc/}" "$exe" "$($SUDO readlink $p/cwd)"
done`,
  },
  {
    ...{ name: 'hashes', about: 'SHA-256 of programs that run', words: /process|program|hash/i },
    // The program itself, not what has its name by now: it may be deleted, or another. Once for each, however many run it.
    script: `seen=' '
for p in /proc/[0-9]*; do
  file=$($SUDO timeout 5 stat -L -c %d:%i $p/exe 2>/dev/null) || {
    [ $? != 124 ] || echo "# not read: $p/exe gives no answer"
    continue
  }
  case $seen in *" $file "*) continue ;; esac
  seen="$seen$file "
  hash=$($SUDO timeout 5 sha256sum $p/exe) || hash='# not read:'
  printf '%s  %s\\n' "\${hash%% */proc/*}" "$($SUDO stat -c %N $p/exe)"
done | head -n 500`,
  },
  {
    ...{ name: 'connections', about: 'connections and listeners', words: /network|connection|socket/i },
    script: `$SUDO ss -tunap || $SUDO netstat -tunap || for f in tcp tcp6 udp udp6; do echo "# $f"; cat /proc/net/$f; done
echo; ip neigh; cat /etc/resolv.conf /etc/hosts`,
  },
  {
    ...{ name: 'logons', about: 'who is and was signed in', words: /log-?on|log-?in|sign/i },
    script: 'who -a; timeout 5 w; last -n 1000 -F; echo; $SUDO lastb -n 1000 -F; lastlog',
  },
  {
    ...{ name: 'accounts', about: 'accounts, groups, who may do what', words: /account|user|group/i },
    script: `${OWNED}cat /etc/passwd /etc/group; $SUDO cat /etc/sudoers /etc/sudoers.d/*
for home in /root /home/*; do
  if $SUDO timeout 5 test -h "$home/.ssh"; then owned "$home/.ssh"
  else owned "$home/.ssh/authorized_keys"; owned "$home/.ssh/known_hosts"; fi
done`,
  },
  {
    ...{
      name: 'autostarts',
      about: 'what starts by itself',
      words: /auto-?(?:run|start)|persist|schedul|cron|service/i,
    },
    script: `${OWNED}systemctl list-unit-files --state=enabled --no-pager; systemctl list-timers --all --no-pager
$SUDO ls -laR --time-style=full-iso /etc/systemd/system /etc/init.d /etc/cron.d /etc/cron.daily /etc/cron.hourly /var/spool/cron /etc/profile.d
for f in /etc/crontab /etc/cron.d/* /etc/rc.local /etc/ld.so.preload /etc/modules; do
  $SUDO test -f "$f" && { echo "# $f"; $SUDO timeout 5 head -c 65536 "$f"; echo; }
done
for f in /var/spool/cron/* /var/spool/cron/crontabs/*; do [ -d "$f" ] || owned "$f"; done
for home in /root /home/*; do owned "$home/.bashrc"; owned "$home/.profile"; done
lsmod`,
  },
  {
    ...{ name: 'recent-files', about: 'files of the last three days', words: /file|artefact|artifact|disk|prefetch/i },
    script: `$SUDO find /tmp /var/tmp /dev/shm /etc /home /root /opt /srv /usr/local /var/www -xdev -type f -mtime -3 -exec ls -ld --time-style=full-iso {} + | head -n 20000
echo; echo '# set-user-id programs'; $SUDO find / -xdev -type f -perm -4000 -exec ls -ld --time-style=full-iso {} + | head -n 2000`,
  },
  {
    ...{ name: 'shell-history', about: 'what was typed', words: /history|shell/i },
    script: `${OWNED}for home in /root /home/*; do owned "$home/.bash_history"; owned "$home/.zsh_history"; done`,
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
