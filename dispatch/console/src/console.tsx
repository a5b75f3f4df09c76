import { render } from "preact";
import { connect } from "./connection";
import "./console.css";
import { followLanguage, t } from "./i18n";
import { listenToKeys } from "./keys";
import { MapPane, positionsCame } from "./map/map_pane";
import { Board } from "./panes/board";
import { Detail } from "./panes/detail";
import { Intake } from "./panes/intake";
import { Queue } from "./panes/queue";
import { DegradedBanner, StaleBanner, TopBar } from "./panes/top_bar";
import { followSelection } from "./room/advice";
import { followPlan } from "./room/casualties";
import { isIntakeOpen } from "./room/selection";
import { followTheme } from "./room/theme";

function Room() {
  return (
    <>
      <TopBar />
      <StaleBanner />
      <DegradedBanner />
      <main>
        <Queue />
        <MapPane />
        {isIntakeOpen.value ? <Intake /> : <Detail />}
        <Board />
      </main>
    </>
  );
}

followTheme();
followLanguage("app.title");
followSelection();
followPlan();
listenToKeys();
const root = document.getElementById("room");
if (root === null) throw new Error(t("app.loading"));
render(<Room />, root);
connect(positionsCame);
