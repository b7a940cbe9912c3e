import { type Answer, json, restError } from './answers.ts';
import { newId, sameId } from './ids.ts';
import type { OrgRequest } from './requests.ts';
import type { OrgState } from './state.ts';

/** Answers `tooling/runTestsSynchronous`: of each test class, its one method, which passes. */
export function runApexTests(org: OrgState, { body }: OrgRequest): Answer {
  const names = [...body.matchAll(/"className":"(\w+)"/g)].map(([, name = '']) => name);
  const unknown = names.find((name) => !org.testClasses.includes(name));
  if (names.length === 0 || unknown !== undefined) {
    return restError(400, 'INVALID_INPUT', `This class name's value is invalid: ${unknown ?? ''}.`);
  }
  return json(200, {
    apexLogId: newId('07L'),
    codeCoverage: [],
    codeCoverageWarnings: [],
    failures: [],
    numFailures: 0,
    numTestsRun: names.length,
    successes: names.map((name) => ({
      id: newId('01p'),
      methodName: 'works',
      name,
      namespace: null,
      seeAllData: false,
      time: 12,
    })),
    totalTime: 12 * names.length,
  });
}

/** Answers `POST tooling/sobjects/PackageInstallRequest`: the package is installed at once. */
export function installPackage(org: OrgState, { body }: OrgRequest): Answer {
  const [, key = ''] = /"SubscriberPackageVersionKey":"(\w+)"/.exec(body) ?? [];
  if (!org.packageVersions.some((id) => sameId(id, key))) {
    return restError(400, 'INVALID_CROSS_REFERENCE_KEY', `The package version ${key} is unknown.`);
  }
  const id = newId('0Hf');
  org.installRequests.push({
    Id: id,
    Status: 'SUCCESS',
    SubscriberPackageVersionKey: key,
    Errors: null,
  });
  return json(201, { id, success: true, errors: [] });
}

/** The table `SubscriberPackageVersion`, of which clients ask for every column at once. */
export function packageVersionRow(id: string) {
  const nothing = Object.fromEntries(
    `AppExchangeDescription AppExchangeLogoUrl AppExchangePackageName AppExchangePublisherName
     BuildNumber CspTrustedSites Dependencies Description IsDeprecated IsOrgDependent
     IsPasswordProtected IsSecurityReviewed MajorVersion MinorVersion Package2ContainerOptions
     PatchVersion PostInstallUrl Profiles PublisherName ReleaseNotesUrl ReleaseState
     RemoteSiteSettings`
      .split(/\s+/)
      .map((name) => [name, null]),
  );
  return {
    Id: id,
    ...nothing,
    InstallValidationStatus: 'NO_ERRORS_DETECTED',
    IsBeta: false,
    IsManaged: true,
    Name: 'Acme Tools',
    SubscriberPackageId: '033000000000001AAA',
  };
}
