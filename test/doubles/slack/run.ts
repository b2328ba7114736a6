// Runs the double by itself: prints what an app needs to connect, then each message and private answer as it appears.
import { SlackDouble } from '../slack.js';

const double = await new SlackDouble().start(Number(process.argv[2] ?? 0));
double.appUrl = process.argv[3] ?? null;
const { apiUrl, botToken, appToken, signingSecret, workspace } = double;
console.log(
  JSON.stringify({
    SLACK_API_URL: apiUrl,
    SLACK_BOT_TOKEN: botToken,
    SLACK_APP_TOKEN: appToken,
    SLACK_SIGNING_SECRET: signingSecret,
  }),
);
const told = new Set<unknown>();
workspace.on('change', () => {
  for (const item of [...[...workspace.channels.values()].flatMap((c) => c.messages), ...workspace.ephemerals]) {
    if (told.has(item)) continue;
    told.add(item);
    console.log(JSON.stringify(item));
  }
});
process.once('SIGTERM', () => void double.stop());
process.once('SIGINT', () => void double.stop());
