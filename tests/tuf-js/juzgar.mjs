// One judgement per line: JSON in ({metadata, targets, url, objetivos}), JSON out ({cree, error}).
// The folder `metadata` holds root.json and whatever this client verified before.
import { createInterface } from 'node:readline';
import { Updater } from 'tuf-js';

const juzgar = async ({ metadata, targets, url, objetivos }) => {
  const updater = new Updater({
    metadataDir: metadata,
    metadataBaseUrl: `${url}/metadata`,
    targetDir: targets,
    targetBaseUrl: `${url}/targets`,
    config: { fetchRetries: 0, fetchTimeout: 20000 },
  });
  await updater.refresh();
  for (const objetivo of objetivos) {
    const dicho = await updater.getTargetInfo(objetivo);
    if (!dicho) throw new Error(`nobody signed ${objetivo}`);
    await updater.downloadTarget(dicho);
  }
};

for await (const linea of createInterface({ input: process.stdin })) {
  let respuesta = { cree: true, error: '' };
  try {
    await juzgar(JSON.parse(linea));
  } catch (error) {
    respuesta = { cree: false, error: `${error.name}: ${error.message}` };
  }
  process.stdout.write(`${JSON.stringify(respuesta)}\n`);
}
