import { pick, t } from "../i18n";
import { LEVEL } from "../room/status";
import { type Question, REPLIES, type Reply } from "../room/questions";

interface Props {
  asked: readonly Question[];
  answers: Readonly<Record<string, Reply>>;
  onReply: (question: Question, reply: Reply) => void;
}

/** What to ask next; a yes says at once what it makes of the priority. */
export function Questions({ asked, answers, onReply }: Props) {
  return (
    <ul class="questions">
      {asked.map((question) => {
        const text = pick(question.text_zh, question.text_en);
        return (
          <li key={question.code} data-question={question.code} class={answers[question.code] ?? ""}>
            <span>
              {text} <small class={`raises p${LEVEL[question.priority]}`}>P{LEVEL[question.priority]}</small>
            </span>
            <span class="replies" role="group" aria-label={text}>
              {REPLIES.map((reply) => (
                <button
                  key={reply}
                  type="button"
                  class={answers[question.code] === reply ? "small chosen" : "small"}
                  aria-pressed={answers[question.code] === reply}
                  data-reply={reply}
                  onClick={() => onReply(question, reply)}
                >
                  {t(`question.${reply}`)}
                </button>
              ))}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
