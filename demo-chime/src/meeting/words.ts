import { MeetingSessionStatusCode as Code, type MeetingSessionStatus } from 'amazon-chime-sdk-js';
import { cameraProblem } from '../sources';

/** Why a meeting is over, in words; `undefined` where it was the user's own doing. */
export function endOf(status: MeetingSessionStatus): string | undefined {
  const code = status.statusCode();
  switch (code) {
    case Code.OK:
    case Code.Left:
      return undefined;
    case Code.MeetingEnded:
      return 'The meeting has ended.';
    case Code.AudioAttendeeRemoved:
      return 'You were removed from the meeting.';
    case Code.AudioJoinedFromAnotherDevice:
      return 'You have joined from elsewhere.';
    case Code.AudioAuthenticationRejected:
    case Code.SignalingBadRequest:
      return 'Amazon does not accept this attendee any more. Join again.';
    case Code.AudioCallAtCapacity:
      return 'The meeting is full.';
    case Code.TURNCredentialsForbidden:
      return 'Amazon’s media servers refuse this attendee. Join again.';
    default:
      return `The connection to Amazon’s media servers failed (${Code[code]}). Is this computer online, and does its network let WebRTC through?`;
  }
}

/** The SDK's names for what browsers call otherwise. */
const names: Record<string, string> = { PermissionDeniedError: 'NotAllowedError' };

/** Why the camera cannot be had: the SDK's errors wrap the browser's. */
export function cameraWords(error: unknown): string {
  if (!(error instanceof Error)) return cameraProblem(error);
  const { cause = error } = error;
  const name = names[error.name] ?? (cause instanceof Error ? cause.name : error.name);
  return cameraProblem(new DOMException(error.message, name));
}
