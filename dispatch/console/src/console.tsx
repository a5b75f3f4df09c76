import { type ComponentType, render } from "preact";
import { connect } from "./connection";
import "./console.css";
import "./desk.css";
import { followLanguage, t } from "./i18n";
import "./i18n/desk";
import { listenToKeys } from "./keys";
import { MapPane, positionsCame } from "./map/map_pane";
import { Alarms } from "./panes/alarms";
import { Board } from "./panes/board";
import { CommandLine } from "./panes/command_line";
import { Day } from "./panes/day";
import { Detail } from "./panes/detail";
import { Intake } from "./panes/intake";
import { Queue } from "./panes/queue";
import { DegradedBanner, DistressBanner, DrillBanner, Honesty, StaleBanner, TopBar } from "./panes/top_bar";
import { followSelection } from "./room/advice";
import { followAlarms, hearEvents } from "./room/alarm_desk";
import { followArchive } from "./room/archive";
import { followPlan } from "./room/casualties";
import { followDay, isDayOpen } from "./room/day";
import { deskId, followDesks } from "./room/desks";
import { keepInStep } from "./room/in_step";
import { followDraftPremises } from "./room/premises";
import { loadQuestions } from "./room/questions";
import { isIntakeOpen } from "./room/selection";
import { awaitPress } from "./room/sound";
import { followTheme } from "./room/theme";
import { followTimeline } from "./room/timeline";
import { followPosts } from "./room/waiting";
import { Gate } from "./sign_in/gate";

function Room() {
  return (
    <>
      <TopBar />
      <DistressBanner />
      <DrillBanner />
      <StaleBanner />
      <DegradedBanner />
      <main class="room">
        <Alarms />
        {isDayOpen.value ? <Day /> : <Queue />}
        <MapPane />
        {isIntakeOpen.value ? <Intake /> : <Detail />}
        <Board />
      </main>
      <CommandLine />
    </>
  );
}

/** The map alone, on a second screen, in step with the window that opened it. */
function MapAlone() {
  return (
    <>
      <DistressBanner />
      <DrillBanner />
      <StaleBanner />
      <DegradedBanner />
      <main class="alone">
        <Honesty />
        <MapPane />
      </main>
    </>
  );
}

/** Other ways to look at the room; each is loaded only where it is asked for. */
const VIEWS: Readonly<Record<string, () => Promise<ComponentType>>> = {
  map: async () => MapAlone,
  wall: async () => (await import("./views/wall")).Wall,
  overview: async () => (await import("./views/overview")).Overview,
  card: async () => (await import("./views/card")).Card,
  trainer: async () => (await import("./views/trainer")).Trainer,
};

const asked = new URLSearchParams(location.search);
const view = asked.get("view") ?? "";
const root = document.getElementById("room");
if (root === null) throw new Error(t("app.loading"));

followTheme();
followLanguage("app.title");
const Shown = await (VIEWS[view] ?? (async () => Room))();
if (Shown === Room) {
  followSelection();
  followPlan();
  followTimeline();
  followArchive();
  followDay();
  followDraftPremises();
  followDesks();
  listenToKeys();
  followAlarms();
  awaitPress();
  void loadQuestions();
}
if (Shown === Room || Shown === MapAlone) followPosts();
keepInStep(asked.get("desk") ?? deskId, view === "map");
render(
  <Gate>
    <Shown />
  </Gate>,
  root,
);
if (view !== "card") connect(positionsCame, hearEvents);
