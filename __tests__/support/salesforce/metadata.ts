import type { Answer } from './answers.ts';
import { newId } from './ids.ts';
import type { Deployment } from './model.ts';
import type { OrgRequest } from './requests.ts';
import { refuseSession } from './session.ts';
import type { OrgState } from './state.ts';

/**
 * Answers `/services/Soap/m/<version>`, the Metadata API: `deploy` and `checkDeployStatus`. Every
 * component of a deployment is new and good.
 */
export function answerMetadataRequest(org: OrgState, request: OrgRequest): Answer {
  const refusal = refuseSession(org, element(request.body, 'sessionId'));
  if (refusal !== undefined) {
    return soapFault(`sf:${refusal.errorCode}`, refusal.message);
  }
  const zip = element(request.body, 'ZipFile');
  if (zip !== undefined) {
    const deployment = { id: newId('0Af'), files: filesIn(Buffer.from(zip, 'base64')) };
    org.deployments.push(deployment);
    const result = `<done>false</done><id>${deployment.id}</id><state>Queued</state>`;
    return envelope(`<deployResponse><result>${result}</result></deployResponse>`);
  }
  const id = element(request.body, 'asyncProcessId');
  const deployment = org.deployments.find((known) => known.id === id);
  if (deployment === undefined) {
    return soapFault('sf:INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
  }
  const result = statusOf(deployment);
  return envelope(
    `<checkDeployStatusResponse><result>${result}</result></checkDeployStatusResponse>`,
  );
}

function statusOf({ id, files }: Deployment): string {
  const components = files.filter((file) => !/(-meta\.xml|^package\.xml|\/)$/.test(file));
  const now = new Date().toISOString();
  const successes = components.map((file) =>
    xml('componentSuccesses', {
      changed: true,
      componentType: file.startsWith('classes/') ? 'ApexClass' : '',
      created: true,
      createdDate: now,
      deleted: false,
      fileName: file,
      fullName: file.replace(/^.*\//, '').replace(/\.\w+$/, ''),
      id: newId('01p'),
      success: true,
    }),
  );
  const tests = xml('runTestResult', { numFailures: 0, numTestsRun: 0, totalTime: '0.0' });
  return [
    members({ checkOnly: false, completedDate: now, createdBy: '', createdDate: now }),
    `<details>${successes.join('')}${tests}</details>`,
    members({
      done: true,
      id,
      ignoreWarnings: false,
      lastModifiedDate: now,
      numberComponentErrors: 0,
      numberComponentsDeployed: components.length,
      numberComponentsTotal: components.length,
      numberTestErrors: 0,
      numberTestsCompleted: 0,
      numberTestsTotal: 0,
      rollbackOnError: true,
      runTestsEnabled: false,
      startDate: now,
      status: 'Succeeded',
      success: true,
    }),
  ].join('');
}

/** The names in a zip file, out of its central directory. */
function filesIn(zip: Buffer): string[] {
  const names: string[] = [];
  const signature = Buffer.from('PK\x01\x02', 'latin1');
  for (let at = zip.indexOf(signature); at >= 0; at = zip.indexOf(signature, at + 46)) {
    names.push(zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28)));
  }
  return names;
}

function element(body: string, name: string): string | undefined {
  return new RegExp(`<(?:\\w+:)?${name}>([^<]*)<`).exec(body)?.[1];
}

function xml(name: string, content: Readonly<Record<string, string | number | boolean>>): string {
  return `<${name}>${members(content)}</${name}>`;
}

function members(content: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(content)
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('');
}

function envelope(body: string, status = 200): Answer {
  return {
    status,
    headers: { 'content-type': 'text/xml;charset=UTF-8' },
    body: `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="http://soap.sforce.com/2006/04/metadata"><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`,
  };
}

function soapFault(code: string, message: string): Answer {
  const fault = `<faultcode>${code}</faultcode><faultstring>${code.replace('sf:', '')}: ${message}</faultstring>`;
  return envelope(`<soapenv:Fault>${fault}</soapenv:Fault>`, 500);
}
