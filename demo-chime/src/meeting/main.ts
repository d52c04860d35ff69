import { Changes } from '../shared/changes';
import { presetEffect } from '../shared/effects';
import type { Ticket } from './messages';
import { Room } from './room';
import { fetchStatus, joinMeeting, reportLeft } from './server';
import { Session, type SessionEvents } from './session';

type State = 'checking' | 'unavailable' | 'lobby' | 'joining' | 'joined';

const find = <Type extends HTMLElement>(id: string) => document.getElementById(id) as Type;
const [joinForm, controls] = [find<HTMLFormElement>('join'), find<HTMLFormElement>('controls')];
const [mute, hide] = [find<HTMLButtonElement>('mute'), find<HTMLButtonElement>('hide')];
const cameras = controls.elements.namedItem('camera') as HTMLSelectElement;
const chosen = (form: HTMLFormElement, name: string) => String(new FormData(form).get(name) ?? '');
const mirrored = () => chosen(controls, 'mirror-view') === 'on';

/** The user's current meeting. */
let joined: { session: Session; ticket: Ticket; room: Room; meeting: string } | undefined;

const changes = new Changes({ status: find('status'), problem: find('problem') }, () => {
  const status = joined ? 'You are in the meeting.' : 'You are not in a meeting.';
  return { done: status, failed: status };
});

function show(state: State): void {
  document.documentElement.dataset.meeting = state;
  find('unavailable').hidden = state !== 'unavailable';
  joinForm.hidden = state !== 'lobby' && state !== 'joining';
  controls.hidden = state === 'checking' || state === 'unavailable';
  find('room').hidden = state !== 'joined';
  for (const element of joinForm.elements) (element as HTMLInputElement).disabled = state === 'joining';
}

async function check(): Promise<void> {
  const status = await fetchStatus();
  if (status.ready) {
    find('regions').textContent =
      `Amazon bills meetings to your account by the minute. Meeting region: ${status.region}. Media region: ${status.mediaRegion}.`;
    return show('lobby');
  }
  find('missing').textContent = status.problem;
  find('remedies').replaceChildren(
    ...status.remedies.map((remedy) => {
      const item = document.createElement('li');
      item.textContent = remedy;
      return item;
    }),
  );
  show('unavailable');
}

async function join(): Promise<void> {
  const [meeting, name] = [chosen(joinForm, 'meeting').trim(), chosen(joinForm, 'name').trim()];
  show('joining');
  let ticket: Ticket | undefined;
  try {
    ticket = await joinMeeting({ meeting, name });
    const { AttendeeId: attendeeId } = ticket.attendee;
    const room = new Room({ tiles: find('tiles'), roster: find('roster') }, meeting, { [attendeeId]: name });
    room.mirrored = mirrored();
    let notice: string | undefined;
    const session = await Session.join(
      ticket,
      {
        camera: cameras.value,
        effect: presetEffect(chosen(controls, 'effect')),
        audio: new Audio(),
      },
      eventsOf(room, (message) => {
        notice = message;
      }),
    );
    joined = { session, ticket, room, meeting };
    if (notice) throw new Error(notice);
  } catch (error) {
    if (!joined && ticket) reportLeft({ meeting, attendeeId: ticket.attendee.AttendeeId });
    if (!joined) {
      show('lobby');
      joinForm.querySelector('button')?.focus();
    }
    throw error;
  } finally {
    if (joined) enter(meeting);
  }
}

function enter(meeting: string): void {
  history.replaceState(null, '', `?${new URLSearchParams({ meeting })}`);
  find('room-title').textContent = `Meeting “${meeting}”`;
  press(mute, false);
  press(hide, false);
  show('joined');
  find('room-title').focus();
  void listCameras();
}

function eventsOf(room: Room, notice: SessionEvents['notice']): SessionEvents {
  return {
    step: (message) => changes.showStatus(message),
    tile: (state, bind) => room.showTile(state, bind),
    tileRemoved: (tileId) => room.removeTile(tileId),
    presence: (attendee, present) => void room.setPresence(attendee, present),
    reconnecting: (again) => {
      if (joined) changes.showStatus(again ? 'Connection lost. Reconnecting…' : 'You are in the meeting.');
    },
    notice,
    ended: (problem) => {
      if (!joined) return;
      changes.queue('Leaving…', async () => {
        finishMeeting();
        if (problem) throw new Error(problem);
      });
    },
  };
}

async function leave(): Promise<void> {
  await joined?.session.leave();
  finishMeeting();
}

/** Returns to the join form after the session has ended. */
function finishMeeting(): void {
  if (!joined) return;
  reportLeft({ meeting: joined.meeting, attendeeId: joined.ticket.attendee.AttendeeId });
  joined = undefined;
  show('lobby');
  joinForm.querySelector('button')?.focus();
}

function press(button: HTMLButtonElement, pressed: boolean): void {
  button.ariaPressed = String(pressed);
}

/** Lists the cameras. Browsers reveal their names once the user has allowed a camera. */
async function listCameras(): Promise<void> {
  const devices = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
  const before = cameras.value;
  const found = devices.filter(({ kind, deviceId }) => kind === 'videoinput' && deviceId);
  const options = found.map(
    ({ deviceId, label }, index) => new Option(label || `Camera ${index + 1}`, deviceId),
  );
  cameras.replaceChildren(new Option('Default camera', ''), ...options);
  cameras.value = found.some(({ deviceId }) => deviceId === before) ? before : '';
}

joinForm.addEventListener('submit', (event) => {
  event.preventDefault();
  changes.queue('Joining the meeting…', join);
});
controls.addEventListener('submit', (event) => event.preventDefault());
controls.addEventListener('change', ({ target }) => {
  if (!joined) return;
  const { session, room } = joined;
  switch ((target as HTMLInputElement).name) {
    case 'mirror-view':
      room.mirrored = mirrored();
      return;
    case 'camera':
      changes.queue('Changing the camera…', () => session.setCamera(cameras.value));
      return;
    default:
      changes.queue('Changing the background…', () =>
        session.setEffect(presetEffect(chosen(controls, 'effect'))),
      );
  }
});
mute.addEventListener('click', () => {
  const wanted = mute.ariaPressed !== 'true';
  const muted = joined?.session.setMuted(wanted) ?? wanted;
  press(mute, muted);
  changes.showStatus(muted ? 'Your microphone is muted.' : 'Your microphone is on.');
});
hide.addEventListener('click', () => {
  const hidden = hide.ariaPressed !== 'true';
  changes.queue(hidden ? 'Turning the camera off…' : 'Turning the camera on…', async () => {
    await joined?.session.setVideo(!hidden);
    press(hide, hidden);
  });
});
find('copy').addEventListener('click', () =>
  changes.queue('Copying…', () => navigator.clipboard.writeText(location.href)),
);
find('leave').addEventListener('click', () => changes.queue('Leaving…', leave));
find('check').addEventListener('click', () => changes.queue('Connecting to the server…', check));
addEventListener('pagehide', () => {
  if (joined) reportLeft({ meeting: joined.meeting, attendeeId: joined.ticket.attendee.AttendeeId });
});
navigator.mediaDevices?.addEventListener('devicechange', () => void listCameras());

(joinForm.elements.namedItem('meeting') as HTMLInputElement).value =
  new URLSearchParams(location.search).get('meeting')?.slice(0, 40) ?? 'Cyclorama';
changes.queue('Connecting to the server…', check);
void listCameras();
