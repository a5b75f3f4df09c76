import { enTrainer } from "./en_trainer";
import { addWords } from "./index";
import { zhTrainer } from "./zh_trainer";

/** Imported by the trainer's page alone. */
addWords(zhTrainer, enTrainer);
