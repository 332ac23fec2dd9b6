/*
 * How a student's lesson went, for the pane about him: errors, sessions, hands, history, as lines.
 */
#ifndef LECTERN_UI_STUDENT_COURSE_H
#define LECTERN_UI_STUDENT_COURSE_H

#include "ui/lines.h"
#include "ui/pane.h"

void student_course(struct lines *lines, const struct view *view,
                    const struct snapshot_student *student, int width);

#endif
