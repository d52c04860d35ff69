import { MeetingSessionStatusCode as Code, type MeetingSessionStatus } from 'amazon-chime-sdk-js';
import { cameraProblem } from '../shared/sources';

/** Describes why a meeting ended. `undefined` if the user left. */
export function endMessage(status: MeetingSessionStatus): string | undefined {
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
      return 'You have joined from another device.';
    case Code.AudioAuthenticationRejected:
    case Code.SignalingBadRequest:
      return 'Amazon no longer accepts this attendee. Join again.';
    case Code.AudioCallAtCapacity:
      return 'The meeting is full.';
    case Code.TURNCredentialsForbidden:
      return 'Amazon’s media servers reject this attendee. Join again.';
    default:
      return `The connection to Amazon’s media servers failed (${Code[code]}). Check that this computer is online and that its firewall allows WebRTC.`;
  }
}

/** Error names of the SDK that differ from those of browsers. */
const names: Record<string, string> = { PermissionDeniedError: 'NotAllowedError' };

/** Describes why the camera failed. The SDK's errors wrap those of the browser. */
export function cameraMessage(error: unknown): string {
  if (!(error instanceof Error)) return cameraProblem(error);
  const { cause = error } = error;
  const name = names[error.name] ?? (cause instanceof Error ? cause.name : error.name);
  return cameraProblem(new DOMException(error.message, name));
}
