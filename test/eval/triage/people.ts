/** The invented company that the recorded attacks are placed into: who works there, on what. Seeded; nobody and nothing in it is real. */

export interface Host {
  name: string;
  ip: string;
  role: 'workstation' | 'server' | 'controller';
  /** Account of whoever sits at it; of a server: its service account. */
  owner: string;
}

export interface Person {
  account: string;
  job: 'office' | 'helpdesk' | 'administrator' | 'developer';
  host: Host;
  /** Hour of the day (UTC) at which they begin. */
  begins: number;
}

export interface Company {
  domain: string;
  people: Person[];
  workstations: Host[];
  servers: Host[];
  controllers: Host[];
  services: string[];
}

const FIRST =
  'ada ben cleo dan eva finn gail hugo ines jon kira liam mona nils olga paul rosa sven tara uwe vera will xena yuri zoe'.split(
    ' ',
  );
const LAST =
  'abbott barnes castro dreyer ellison farkas grimm hollis ivanov jansen keller lopez marsh novak olsen petrov quinn reyes stone tanaka ulrich vance weber young zhang'.split(
    ' ',
  );
const PURPOSES = ['file', 'sql', 'web', 'app', 'print', 'build', 'mail', 'proxy'];

/** @param random numbers in [0, 1) */
export function company(random: () => number, { people = 360, servers = 64 } = {}): Company {
  const domain = 'fernhill';
  const hosts: Host[] = [];
  const staff: Person[] = [];
  const accounts = new Set<string>();
  for (let i = 0; i < people; i++) {
    let account = `${FIRST[Math.floor(random() * FIRST.length)]}.${LAST[Math.floor(random() * LAST.length)]}`;
    while (accounts.has(account)) account = `${account}${Math.floor(random() * 10)}`;
    accounts.add(account);
    const host: Host = {
      name: `WS-${String(1001 + i)}`,
      ip: `10.60.${Math.floor(i / 200)}.${20 + (i % 200)}`,
      role: 'workstation',
      owner: account,
    };
    hosts.push(host);
    const job = i < 6 ? 'administrator' : i < 18 ? 'helpdesk' : i < 50 ? 'developer' : 'office';
    staff.push({ account, job, host, begins: 6 + Math.floor(random() * 4) });
  }
  const made = Array.from({ length: servers }, (_, i): Host => {
    const purpose = PURPOSES[i % PURPOSES.length]!;
    return {
      name: `${purpose.toUpperCase()}-${10 + i}`,
      ip: `10.60.10.${10 + i}`,
      role: 'server',
      owner: `svc-${purpose}${i % 5}`,
    };
  });
  const controllers = [1, 2, 3].map(
    (i): Host => ({ name: `AD-${i}`, ip: `10.60.9.${10 + i}`, role: 'controller', owner: 'svc-directory' }),
  );
  return {
    domain,
    people: staff,
    workstations: hosts,
    servers: made,
    controllers,
    services: ['svc-backup', 'svc-deploy', 'svc-scan', 'svc-monitor', ...new Set(made.map(({ owner }) => owner))],
  };
}
