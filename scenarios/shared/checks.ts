/**
 * Check scripts: three of a well-known how-to (document 001), in behaviour, and one of ours. Their hosts are
 * the lab's: root logs in to MySQL over the socket.
 *
 * Each takes its text from here, so that what a drill shows is what the text does, slips included.
 */

export const CHECK_SCRIPT = "/opt/chk_mysql.sh";

/** Stops keepalived when nothing listens on port 3306; says nothing by its exit code. */
const portThenStop = `#!/bin/bash
listening=$(netstat -na | grep LISTEN | grep -c 3306)
if [ "$listening" -eq 0 ]; then
    /etc/init.d/keepalived stop
fi
`;

/**
 * Three attempts at SQL, a second apart, then kills keepalived. The function hands its verdict on in a
 * variable; that it also returns it, with 1 for healthy, is the slip, and harmless as long as nobody looks.
 */
const sqlThenKill = `#!/bin/bash
attempts=3
healthy=1

check_mysql() {
    mysql -u root -e "SHOW STATUS" >/dev/null 2>&1
    if [ $? -eq 0 ]; then healthy=1; else healthy=0; fi
    return $healthy
}

while [ $attempts -ne 0 ]; do
    attempts=$((attempts - 1))
    check_mysql
    if [ $healthy -eq 1 ]; then
        exit 0
    fi
    if [ $attempts -eq 0 ]; then
        pkill keepalived
        exit 1
    fi
    sleep 1
done
`;

/** The same with the slip in use: whoever tidies the loop up believes what the function returns. */
const sqlThenKillSlip = `#!/bin/bash
attempts=3

check_mysql() {
    mysql -u root -e "SHOW STATUS" >/dev/null 2>&1
    if [ $? -eq 0 ]; then healthy=1; else healthy=0; fi
    return $healthy
}

while [ $attempts -ne 0 ]; do
    attempts=$((attempts - 1))
    if check_mysql; then
        exit 0
    fi
    if [ $attempts -eq 0 ]; then
        pkill keepalived
        exit 1
    fi
    sleep 1
done
`;

/**
 * Three attempts, two seconds apart; then, on the node that has the VIP, mounts the shared disk and restarts
 * mysqld; if that fails, restarts keepalived and takes the disk off again.
 */
const sqlThenRestart = (service: string): string => `#!/bin/bash
attempts=3
vip=@{vip}

check_mysql() {
    mysql -u root -e "SHOW STATUS" >/dev/null 2>&1
}

while [ $attempts -ne 0 ]; do
    attempts=$((attempts - 1))
    if check_mysql; then
        exit 0
    fi
    if [ $attempts -eq 0 ]; then
        if ip address | grep -q "$vip"; then
            mount /dev/mapper/shared /opt/shared 2>/dev/null
            service ${service} restart
            if [ $? -ne 0 ]; then
                /etc/init.d/keepalived restart
                umount /dev/mapper/shared 2>/dev/null
                exit 1
            fi
            exit 3
        fi
        exit 5
    fi
    sleep 2
done
`;

/**
 * Ours: one question to the server with a deadline of its own, answered by the exit code alone. It asks what
 * a client would: log in over TCP, and say whether the server takes writes.
 */
const recommended = `#!/bin/bash
# 0: this server answers in time and takes writes. keepalived decides what follows from it.
answer=$(timeout 1 mysql --defaults-extra-file=/etc/keepalived/check.cnf --connect-timeout=1 \\
    --batch --skip-column-names -e 'SELECT @@global.read_only' 2>/dev/null) || exit 1
[ "$answer" = 0 ]
`;

/** The canary's script: never finds anything wrong. */
const alwaysFine = `#!/bin/bash
exit 0
`;

export type CheckScript =
  | "port-then-stop"
  | "sql-then-kill"
  | "sql-then-kill-slip"
  | "sql-then-restart"
  | "sql-then-restart-misspelt"
  | "recommended"
  | "always-fine";

export const CHECK_TEXTS: Readonly<Record<CheckScript, string>> = {
  "port-then-stop": portThenStop,
  "sql-then-kill": sqlThenKill,
  "sql-then-kill-slip": sqlThenKillSlip,
  "sql-then-restart": sqlThenRestart("mysql"),
  "sql-then-restart-misspelt": sqlThenRestart("mysqll"),
  recommended,
  "always-fine": alwaysFine,
};
