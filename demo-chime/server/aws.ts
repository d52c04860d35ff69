/** Amazon's side of the meetings: the client, whether there are credentials for it, and its errors in plain words. */
import { ChimeSDKMeetingsClient } from '@aws-sdk/client-chime-sdk-meetings';
import type { Status } from '../src/meeting/messages.ts';

/** What the credentials must be allowed to do. */
const ACTIONS = ['chime:CreateMeeting', 'chime:CreateAttendee', 'chime:GetMeeting', 'chime:DeleteMeeting'];

/** Where the Chime SDK makes meetings unless something else is asked for. */
const DEFAULT_REGION = 'us-east-1';

/** Looking for credentials asks programs and, on Amazon's own machines, the network; a page does not wait longer, in milliseconds. */
const LONGEST_SEARCH = 5_000;

const REMEDIES = [
  'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (and AWS_SESSION_TOKEN, if your keys came with one), or AWS_PROFILE to a profile of ~/.aws, after "aws sso login" where it needs that.',
  `Their IAM policy has to allow ${ACTIONS.join(', ')}.`,
  `Set AWS_REGION to a region in which the Chime SDK makes meetings (without it: the profile’s, or ${DEFAULT_REGION}), and CHIME_MEDIA_REGION if the media should be elsewhere.`,
  'Then start "npm start" again. Amazon bills meetings by the minute and attendee.',
];

/** A client, and the regions that it makes meetings in. */
export interface Amazon {
  client: ChimeSDKMeetingsClient;
  region: string;
  mediaRegion: string;
}

/** A client with what the environment says, by the AWS SDK's own rules. It reads credentials when it first needs them. */
export async function openAmazon(): Promise<Amazon> {
  // A slow answer is better told of than waited for: the page shows what came of it.
  const options = {
    maxAttempts: 2,
    requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
  };
  let client = new ChimeSDKMeetingsClient(options);
  let region = await client.config.region().catch(() => undefined);
  if (!region) {
    region = DEFAULT_REGION;
    client.destroy();
    client = new ChimeSDKMeetingsClient({ ...options, region });
  }
  return { client, region, mediaRegion: process.env.CHIME_MEDIA_REGION || region };
}

/** Whether there are credentials. Whether Amazon takes them only shows when a meeting is made. */
export async function findStatus({ client, region, mediaRegion }: Amazon): Promise<Status> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the search took too long')), LONGEST_SEARCH);
  });
  try {
    await Promise.race([client.config.credentials(), late]);
    return { ready: true, region, mediaRegion };
  } catch (error) {
    const broken = nameOf(error) === 'CredentialsProviderError' ? '' : ` (${messageOf(error)})`;
    return {
      ready: false,
      problem: `The demo’s server finds no AWS credentials${broken}, so it cannot make a meeting.`,
      remedies: REMEDIES,
    };
  } finally {
    clearTimeout(timer);
  }
}

/** Errors that go away with other credentials. */
const REFUSALS = new Set([
  'CredentialsProviderError',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'UnauthorizedClientException',
  'UnauthorizedException',
  'UnrecognizedClientException',
]);

/** Whether the credentials should be read again before the next try. */
export const refusesCredentials = (error: unknown) => REFUSALS.has(nameOf(error));

/** Whether a meeting is not there any more: Amazon ends those that nobody is in. */
export const isGone = (error: unknown) => nameOf(error) === 'NotFoundException';

/** What went wrong and what to do. Amazon's own words stay with the server: they may name accounts and keys. */
export function inWords(error: unknown, region: string): string {
  const name = nameOf(error);
  switch (name) {
    case 'CredentialsProviderError':
      return 'The demo’s server finds no AWS credentials any more. Renew them, for instance with "aws sso login".';
    case 'ExpiredToken':
    case 'ExpiredTokenException':
      return 'The AWS credentials of the demo’s server have expired. Renew them ("aws sso login", or new keys and AWS_SESSION_TOKEN); where they are environment variables, start "npm start" again.';
    case 'AccessDeniedException':
    case 'ForbiddenException':
      return `The AWS credentials of the demo’s server are not allowed to do this. Their IAM policy has to allow ${ACTIONS.join(', ')}.`;
    case 'LimitExceededException':
    case 'ResourceLimitExceeded':
    case 'ResourceLimitExceededException':
      return 'Your AWS account has as many meetings or attendees as it may have. End some, or ask Amazon for more.';
    case 'ThrottledClientException':
    case 'ThrottlingException':
      return 'Amazon has too many requests of yours at once. Try again in a moment.';
    case 'BadRequestException':
      return `Amazon does not take the request. CHIME_MEDIA_REGION may name a region that has no media (the server asks ${region}).`;
  }
  if (refusesCredentials(error)) {
    return 'Amazon does not accept the AWS credentials of the demo’s server: keys, session token or the clock of this computer are wrong.';
  }
  if (hasNoAnswer(error)) {
    return `The Chime SDK cannot be reached in ${region}. Is this computer online, and does the Chime SDK make meetings in that region (AWS_REGION)?`;
  }
  return `Amazon answered with an error (${name}). Try again; the server’s terminal has its words.`;
}

const UNREACHABLE = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ETIMEDOUT',
]);

function hasNoAnswer(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return nameOf(error) === 'TimeoutError' || (typeof code === 'string' && UNREACHABLE.has(code));
}

const nameOf = (error: unknown) => (error instanceof Error ? error.name : typeof error);
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
