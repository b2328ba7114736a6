// The walls of the house (design, section 3): bot -> commands -> engine | intel -> engine/store. No cycles.
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, dependencyTypesNot: ['type-only'] } },
    {
      name: 'engine-knows-nobody-above',
      severity: 'error',
      from: { path: '^engine/' },
      to: { path: '^(bot|commands|intel|bin|test)/' },
    },
    {
      name: 'intel-knows-engine-store',
      severity: 'error',
      from: { path: '^intel/' },
      to: { path: '^(bot|commands|bin|test)/' },
    },
    {
      name: 'commands-know-no-surface',
      severity: 'error',
      from: { path: '^commands/' },
      to: { path: '^(bot|bin|test)/' },
    },
    { name: 'bot-is-not-the-cli', severity: 'error', from: { path: '^bot/' }, to: { path: '^(bin|test)/' } },
    {
      name: 'product-knows-no-tests',
      severity: 'error',
      from: { path: '^bin/' },
      to: { path: '^test/', pathNot: '^test/(bench|eval)/' },
    },
    {
      name: 'one-door-to-slack',
      comment: 'one file for each outside service; nobody else imports its SDK',
      severity: 'error',
      from: { pathNot: '^(bot/surfaces/slack|test)/' },
      to: { path: 'node_modules/@slack/' },
    },
    {
      name: 'one-door-to-discord',
      severity: 'error',
      from: { pathNot: '^(bot/surfaces/discord|test)/' },
      to: { path: 'node_modules/(discord\\.js|@discordjs)/' },
    },
    {
      name: 'one-door-to-mongo',
      severity: 'error',
      from: { pathNot: '^(engine/store|test)/' },
      to: { path: 'node_modules/mongoose/' },
    },
    {
      name: 'no-orphan-packages',
      severity: 'error',
      from: { pathNot: '^test/|vitest' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
};
