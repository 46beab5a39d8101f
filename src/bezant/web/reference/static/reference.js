// What the page can do beyond being read: filter the contents, and copy an example.
"use strict";

const labels = document.getElementById("labels").dataset;

function filterContents() {
  const box = document.querySelector(".filter");
  const field = document.getElementById("filter");
  const nothing = document.querySelector(".nothing");
  box.hidden = false;
  field.addEventListener("input", () => {
    const words = field.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    let found = 0;
    for (const chapter of document.querySelectorAll("[data-chapter]")) {
      let here = 0;
      for (const entry of chapter.querySelectorAll("[data-operation]")) {
        const text = entry.dataset.operation.toLocaleLowerCase();
        entry.hidden = !words.every((word) => text.includes(word));
        here += entry.hidden ? 0 : 1;
      }
      chapter.hidden = here === 0;
      found += here;
    }
    nothing.hidden = found > 0;
  });
}

function offerCopies() {
  if (!navigator.clipboard) {
    return;
  }
  for (const code of document.querySelectorAll(".code")) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = labels.copy;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code.querySelector("code").textContent);
      button.textContent = labels.copied;
      setTimeout(() => { button.textContent = labels.copy; }, 2000);
    });
    code.append(button);
  }
}

// On a phone the contents would fill the first screens.
if (window.matchMedia("(max-width: 62rem)").matches) {
  document.querySelector(".contents details").open = false;
}

filterContents();
offerCopies();
