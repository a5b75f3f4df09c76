import { addWords } from "./index";
import { enDesk } from "./en_desk";
import { zhDesk } from "./zh_desk";

/** Imported by the pages that use these words; the bystander page stays small without them. */
addWords(zhDesk, enDesk);
