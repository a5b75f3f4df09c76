import { enCrew } from "./en_crew";
import { addWords } from "./index";
import { zhCrew } from "./zh_crew";

/** Imported by the crew terminal alone. */
addWords(zhCrew, enCrew);
